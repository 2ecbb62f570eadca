/** A press counts for the control it began on, if that was there to be aimed at (UI S4). */

const APPEARED = 300;
const UNDO = 700; // a double tap must not take back what it just did
const PALM = 60;
const RAG = 3;

const changed = new WeakMap();
const pointers = new Set();
let moved = -Infinity;
let pressed = null;

/** The rows have just moved: nothing in them can have been aimed at. */
export function rowsMoved() {
  moved = performance.now();
}

/** Call `act(name, id, button)` for each press on a `data-act` inside root that was meant. */
export function presses(root, act) {
  root.addEventListener('pointerdown', (event) => {
    pointers.add(event.pointerId);
    const button = event.target.closest('[data-act]');
    const clumsy = event.width > PALM || event.height > PALM || pointers.size >= RAG;
    pressed = { aim: aim(button), meant: !clumsy && (!button || ripe(button, moved)) };
  });
  root.addEventListener('click', (event) => {
    const button = event.target.closest('[data-act]');
    if (!button || button.disabled) return;
    const byKey = event.detail === 0;
    const meant = byKey ? ripe(button) : pressed?.meant && pressed.aim === aim(button);
    pressed = null;
    if (meant) act(button.dataset.act, keyOf(button), button);
  });
}

/** Remember that a control says something else from now on. */
export function renewed(button) {
  changed.set(button, performance.now());
}

for (const name of ['pointerup', 'pointercancel']) {
  addEventListener(name, ({ pointerId }) => pointers.delete(pointerId));
}

export const keyOf = (node) => node?.closest('[data-key]')?.dataset.key;

const aim = (button) =>
  button ? [keyOf(button), button.dataset.act, button.dataset.to].join(' ') : null;

function ripe(button, since = -Infinity) {
  const needed = button.dataset.act === 'undo' ? UNDO : APPEARED;
  const age = performance.now() - (changed.get(button) ?? -Infinity);
  return age >= needed && performance.now() - since >= APPEARED;
}
