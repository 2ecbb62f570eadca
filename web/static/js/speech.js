/** What is said to those who listen instead of looking: counts, seldom (UI S12). */

const APART = 5_000;

let lastAt = -Infinity;
let waiting = null;
let timer = 0;

/** Say it soon, in the words of that moment: a storm of events becomes one sentence. */
export function saySoon(words) {
  waiting = words;
  clearTimeout(timer);
  timer = setTimeout(speak, Math.max(lastAt + APART - performance.now(), 0));
}

/** Say it now: the person has just done this, or has to know. */
export function sayNow(text, urgent = false) {
  announce(urgent ? 'say-now' : 'say-polite', text);
}

function speak() {
  if (!waiting) return;
  lastAt = performance.now();
  announce('say-polite', waiting());
  waiting = null;
}

/** Emptied first and filled in the next frame, so that the same words are heard again. */
function announce(id, text) {
  const inside = document.querySelector('dialog[open] [role="status"]');
  const place = inside ?? document.getElementById(id);
  if (!place) return;
  place.textContent = '';
  requestAnimationFrame(() => (place.textContent = text));
}
