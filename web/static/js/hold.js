/** When the list must keep still: somebody is at it (UI S3). */
import { everySecond, since, stamp } from 'heard/clock';

const POINTER = 1_500;
const IDLE = 30_000; // nobody has touched anything for so long: a forgotten hold must not hide orders
const SCROLLED = 8;

let pressed = false;
let pointed = null;
let touched = stamp();
let was = false;

/** Keep `list` still while it is in use; `more` says whether a menu or drawer of it is open. */
export function holding(list, more, release) {
  list.addEventListener('pointerdown', () => (pressed = true));
  list.addEventListener('pointermove', () => (pointed = stamp()), { passive: true });
  for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => (pressed = false));
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll']) {
    addEventListener(name, () => (touched = stamp()), { passive: true, capture: true });
  }

  const held = () => {
    if (pressed || (pointed && since(pointed) < POINTER)) return true;
    if (since(touched) > IDLE) return false;
    return scrollY > SCROLLED || focusIn(list) || selectionIn(list) || more();
  };

  const check = () => {
    const is = held();
    if (was && !is) release();
    was = is;
  };
  everySecond(check);
  addEventListener('scroll', check, { passive: true });
  list.addEventListener('focusout', () => setTimeout(check));
  return () => (was = held());
}

/** A mouse leaves focus behind wherever it clicked; that alone does not hold. */
const focusIn = (list) => Boolean(list.querySelector(':focus-visible'));

function selectionIn(list) {
  const selected = getSelection();
  return !selected.isCollapsed && list.contains(selected.anchorNode);
}
