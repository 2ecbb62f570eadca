/** Selecting several orders: a box in every row, and a bar that says what can be done with them. */
import { cards } from 'heard/cards';
import { shortcut } from 'heard/keys';
import { keyOf } from 'heard/press';

/** Follow the button and the key; the bar itself is only loaded once somebody selects. */
export function picking(arranged) {
  const button = document.getElementById('select');
  const place = document.getElementById('moves');
  const bar = document.getElementById('picked');
  const chosen = new Set();
  let drawn = null; // what fills the bar, once it is loaded

  async function turn(on = button.getAttribute('aria-pressed') !== 'true') {
    button.setAttribute('aria-pressed', String(on));
    place.toggleAttribute('data-picking', on);
    if (!on) chosen.clear();
    drawn ??= (await import('heard/bulk')).bulk(bar, { chosen, pickAll, follow, done: () => turn(false) });
    follow();
  }

  const isOn = () => place.hasAttribute('data-picking');

  function pickAll() {
    for (const id of arranged.rows.keys()) chosen.add(id);
    follow();
  }

  /** Rows come and go; the boxes say what is selected, the bar what that amounts to. */
  function follow() {
    if (!drawn) return;
    for (const id of chosen) if (!cards.has(id)) chosen.delete(id);
    for (const box of place.querySelectorAll('.row__pick')) box.checked = chosen.has(keyOf(box));
    bar.hidden = !isOn();
    if (isOn()) drawn.draw();
  }

  place.addEventListener('change', ({ target }) => {
    if (!target.matches('.row__pick')) return;
    if (target.checked) chosen.add(keyOf(target));
    else chosen.delete(keyOf(target));
    follow();
  });
  button.addEventListener('click', () => turn());
  shortcut('s', () => turn());
  shortcut('x', (id) => isOn() && toggle(id), { row: true });

  function toggle(id) {
    if (!chosen.delete(id)) chosen.add(id);
    follow();
  }

  /** Back to single orders; whether it was on. */
  function close() {
    const was = isOn();
    if (was) turn(false);
    return was;
  }

  return { follow, close };
}
