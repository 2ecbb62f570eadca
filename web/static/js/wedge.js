/** A hand scanner types like a very fast person and presses Enter: that is a scan, wherever focus is. */

const GAP = 35; // milliseconds between two characters; people are slower
const SHORTEST = 6;

let typed = '';
let last = -Infinity;
let before = null; // the field that the characters went into, as it was

/** Call `scanned(text)` for every scan; its characters are taken back from where they went. */
export function wedge(scanned) {
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return forget();
    if (event.key === 'Enter') return enter(event, scanned);
    if (event.key.length === 1) character(event);
    else if (event.key !== 'Shift') forget();
  }, { capture: true });
}

function character({ key, timeStamp, target }) {
  if (timeStamp - last > GAP) begin(target);
  typed += key;
  last = timeStamp;
}

function begin(target) {
  typed = '';
  const field = target.closest?.('input, textarea');
  before = field && 'value' in field ? { field, value: field.value } : null;
}

function enter(event, scanned) {
  const text = typed;
  const fast = event.timeStamp - last <= GAP && text.length >= SHORTEST;
  if (fast && !event.target.closest?.('[data-noscan]')) {
    event.preventDefault();
    event.stopImmediatePropagation();
    takeBack();
    scanned(text);
  }
  forget();
}

/** The field says again what it said before the scanner typed into it. */
function takeBack() {
  if (!before || before.field.value === before.value) return;
  before.field.value = before.value;
  before.field.dispatchEvent(new Event('input', { bubbles: true }));
}

function forget() {
  typed = '';
  last = -Infinity;
  before = null;
}
