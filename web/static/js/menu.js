/** The menu of a row: every stage the order may go to, and what else can be done with it. */
import { blank } from 'heard/fill';
import { may, shown } from 'heard/moves';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { icon, named, prepOf } from 'heard/view';

const menu = () => document.getElementById('menu');
const EDGE = 8;
const offers = [];
let opened = null;

/**
 * What the menu offers beside the stages: `word` and `icon`, or functions of the card that name
 * them; `act(id)`; `rank` says where; `when(card)` whether.
 */
export function offer(entry) {
  offers.push(entry);
  offers.sort((a, b) => a.rank - b.rank);
}

/** Open the menu of an order at its button. `on` has step(id, step). */
export function openMenu(id, button, on) {
  const card = shown(id);
  if (!card) return;
  const { rights } = scene();
  const prep = prepOf(card, scene());
  const steps = card.next.filter(({ right }) => rights.has(right));
  menu().replaceChildren(
    ...steps.map((step) => {
      const face = icon({ flow: card.flow, stage: step.to });
      const node = item(named(step, prep), face, () => on.step(id, step), step.kind);
      return may(step) ? node : barred(node);
    }),
    ...(steps.some(({ to }) => to === 'accepted') ? [otherTime(id, steps, on)] : []),
    ...(steps.length ? [rule()] : []),
    ...offers.filter(({ when }) => !when || when(card)).map((entry) => offered(entry, card)),
  );
  opened = { id, button };
  menu().showPopover();
  place(button);
  menu().querySelector('[role="menuitem"]').focus();
}

export const menuOpen = () => Boolean(menu()?.matches(':popover-open'));

function offered({ word, icon: face, act }, card) {
  const read = (value) => (typeof value === 'function' ? value(card) : value);
  return item(read(word), read(face), () => act(card.id));
}

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
    if (node.ariaDisabled === 'true') return;
    close();
    act();
  });
  return node;
}

/** What cannot wait for a connection stays in the menu, with the reason beside it. */
export function barred(node) {
  const why = document.createElement('small');
  why.textContent = words.menu.offline;
  node.querySelector('.menu__text').append(why);
  node.setAttribute('aria-disabled', 'true');
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
