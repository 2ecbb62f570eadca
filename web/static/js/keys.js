/** Everything on the board from the keyboard. Single keys never act in fields or behind dialogs. */
import { keysOn } from 'heard/app';
import { keyOf } from 'heard/press';

const SCAN = 40; // a hand scanner types faster than this; its first character is not a shortcut

const more = new Map();
let typed = 0;

/** A further key: `act()` anywhere on the board, or `act(id)` for the row or the drawer in focus. */
export function shortcut(key, act, { row = false } = {}) {
  more.set(key, { act, row });
}

/** More was typed at once: what came before was no shortcut. */
export function quell() {
  typed += 1;
}

/** `on` names what each key does; row actions are given the id of the row that has focus. */
export function keys(list, on) {
  addEventListener('keydown', (event) => {
    quell();
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') return on.escape(event);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') {
      if (!writing(event.target)) on.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !free(event.target)) return;
    const act = acts(list, on)[event.key] ?? further(list, event.key) ?? stage(on, list, event.key);
    if (!act || (event.key.length === 1 && !keysOn())) return;
    event.preventDefault();
    if (event.key.length === 1) later(act);
    else act();
  });
}

function acts(list, on) {
  const step = (way) => () => walk(list, way);
  return {
    '/': on.search,
    '?': on.help,
    j: step(1),
    J: step(1),
    ArrowDown: step(1),
    k: step(-1),
    K: step(-1),
    ArrowUp: step(-1),
    ArrowRight: onRow(list, on.forward),
    ArrowLeft: onRow(list, on.back),
    n: on.waiting,
    N: on.waiting,
    u: on.undo,
    U: on.undo,
    '[': () => on.neighbour(-1),
    ']': () => on.neighbour(1),
  };
}

function further(list, key) {
  const known = more.get(key.toLowerCase());
  return known?.row ? onRow(list, known.act) : known?.act;
}

function stage(on, list, key) {
  return /^[1-9]$/.test(key) ? onRow(list, (id) => on.stage(id, +key)) : null;
}

const onRow = (list, act) => {
  const { activeElement: at } = document;
  const id = at.closest('.rows, .drawer, .s-order main') ? keyOf(at) : null;
  return id ? () => act(id) : null;
};

/** Act unless more characters follow at once. */
function later(act) {
  const mine = typed;
  setTimeout(() => mine === typed && act(), SCAN);
}

function walk(list, way) {
  const rows = [...(list.closest('#moves') ?? list).querySelectorAll('.rows > .row, :scope > .row')];
  const here = rows.indexOf(document.activeElement?.closest('.row'));
  const next = rows[here < 0 ? 0 : Math.min(Math.max(here + way, 0), rows.length - 1)];
  next?.querySelector('.row__who').focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Focus on the list, the drawer or nothing: there single keys are shortcuts. */
function free(target) {
  if (document.querySelector('dialog[open]') || writing(target)) return false;
  return target === document.body || Boolean(target.closest('main, .drawer'));
}

const writing = (target) => Boolean(target.closest('input, textarea, select, [contenteditable]'));
