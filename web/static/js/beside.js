/** The drawer beside the list; where there is no room for it, an order has a page of its own. */
import { cards } from 'heard/cards';
import { attr } from 'heard/fill';
import { keyOf } from 'heard/press';

const WIDE = matchMedia('(min-width: 75rem)');

export function beside(arranged, acts) {
  const place = document.getElementById('drawer');
  place.append(document.getElementById('tpl-drawer').content.cloneNode(true));
  let shown = null; // the sheet, once its script is loaded
  let wanted = null; // the order that is to be shown then
  const bar = (name) => place.querySelector(`[data-js="${name}"]`);

  function open(id) {
    const card = cards.get(id);
    if (!card) return;
    if (!WIDE.matches) return void location.assign(card.href);
    turn(id, card, true);
  }

  async function turn(id, card, focus = false) {
    current(false);
    place.hidden = false;
    wanted = id;
    bar('own').href = card.href;
    address(card.code);
    shown ??= (await import('heard/drawer')).sheet(place, acts.press);
    if (wanted !== id) return;
    shown.show(id);
    current(true);
    if (focus) shown.head().focus();
  }

  function close(event) {
    if (place.hidden) return;
    event?.preventDefault();
    const row = rowOf(wanted);
    current(false);
    place.hidden = true;
    shown?.clear();
    wanted = null;
    address(null);
    row?.querySelector('.row__who').focus({ preventScroll: true });
    arranged.settleSoon();
  }

  /** The order before or after this one, as the list has them. */
  function neighbour(way) {
    if (place.hidden) return;
    const ids = arranged.keys();
    const id = ids[ids.indexOf(wanted) + way];
    if (!id || !cards.has(id)) return;
    turn(id, cards.get(id), true);
    arranged.reveal(id)?.scrollIntoView({ block: 'nearest' });
  }

  /** The address may name an order: a link that was passed on, or a page loaded again. */
  function restore() {
    const code = new URLSearchParams(location.search).get('order');
    const card = code && [...cards.values()].find((known) => known.code === code);
    if (!card) return;
    if (WIDE.matches) turn(card.id, card);
  }

  function paint() {
    if (!wanted) return;
    if (!cards.has(wanted)) return close();
    shown?.paint();
  }

  const { rowOf } = arranged;

  function current(is) {
    const row = wanted && rowOf(wanted);
    if (!row) return;
    if (is) attr(row, 'data-open', '');
    else row.removeAttribute('data-open');
  }

  document.getElementById('main').addEventListener('click', (event) => {
    const link = event.target.closest('.row__who');
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || !WIDE.matches || !cards.has(keyOf(link))) return;
    event.preventDefault();
    open(keyOf(link));
  });
  bar('before').addEventListener('click', () => neighbour(-1));
  bar('after').addEventListener('click', () => neighbour(1));
  bar('close').addEventListener('click', () => close());
  WIDE.addEventListener('change', () => WIDE.matches || close());
  return {
    open,
    close,
    neighbour,
    restore,
    paint,
    allow: () => shown?.allow(),
    isOpen: () => !place.hidden,
  };
}

function address(code) {
  const here = new URL(location);
  if (code) here.searchParams.set('order', code);
  else here.searchParams.delete('order');
  history.replaceState(history.state, '', here);
}
