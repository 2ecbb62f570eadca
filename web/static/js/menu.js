/** The menu of a row: every stage the order may go to, and what else can be done with it. */
import { cards } from 'heard/cards';
import { blank } from 'heard/fill';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { icon, named } from 'heard/view';

const menu = () => document.getElementById('menu');
const EDGE = 8;
let opened = null;

/** Open the menu of an order at its button. `on` has step(id, step), open(id), copy(id). */
export function openMenu(id, button, on) {
  const card = cards.get(id);
  if (!card) return;
  const { rights, prep } = scene();
  const steps = card.next.filter(({ right }) => rights.has(right));
  menu().replaceChildren(
    ...steps.map((step) => {
      const face = icon({ flow: card.flow, stage: step.to });
      return item(named(step, prep), face, () => on.step(id, step), step.kind);
    }),
    ...(steps.some(({ to }) => to === 'accepted') ? [otherTime(id, steps, on)] : []),
    ...(steps.length ? [rule()] : []),
    item(words.menu.details, 'document', () => on.open(id)),
    item(words.menu.copy, 'copy', () => on.copy(id)),
  );
  opened = { id, button };
  menu().showPopover();
  place(button);
  menu().querySelector('[role="menuitem"]').focus();
}

export const menuOpen = () => Boolean(menu()?.matches(':popover-open'));

function otherTime(id, steps, on) {
  const step = steps.find(({ to }) => to === 'accepted');
  return item(words.menu.minutes, 'clock', () => on.step(id, step, true));
}

function item(word, face, act, kind = '') {
  const node = blank('tpl-item');
  node.dataset.kind = kind;
  node.querySelector('use').setAttribute('href', `#i-${face}`);
  node.querySelector('.menu__text').textContent = word;
  node.addEventListener('click', () => {
    close();
    act();
  });
  return node;
}

function rule() {
  const line = document.createElement('hr');
  line.className = 'menu__line';
  return line;
}

/** Below the button, or above it where there is no room. */
function place(button) {
  const at = button.getBoundingClientRect();
  const { offsetHeight: height, offsetWidth: width } = menu();
  const below = at.bottom + height + EDGE <= innerHeight;
  menu().style.top = `${Math.max(below ? at.bottom : at.top - height, EDGE)}px`;
  menu().style.left = `${Math.max(at.right - width, EDGE)}px`;
}

function close() {
  menu().hidePopover();
  opened?.button.focus({ preventScroll: true });
}

function walk(event) {
  const items = [...menu().querySelectorAll('[role="menuitem"]')];
  const here = items.indexOf(document.activeElement);
  const to = {
    ArrowDown: (here + 1) % items.length,
    ArrowUp: (here - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  const typed = event.key.length === 1 ? event.key.toLowerCase() : null;
  const next = typed
    ? items.find((node, i) => i > here && said(node).startsWith(typed)) ??
      items.find((node) => said(node).startsWith(typed))
    : items[to];
  if (event.key === 'Tab' || event.key === 'Escape') close();
  if (!next && event.key !== 'Escape') return;
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
}

const said = (node) => node.textContent.trim().toLowerCase();

menu()?.addEventListener('keydown', walk);
