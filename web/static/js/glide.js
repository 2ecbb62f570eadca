/** Rows that change places slide there, so that the eye can follow and nothing jumps. */

const LASTS = 200;
const EASING = 'ease-out';
const NEAR = 1; // screens above and below what is seen

const gliding = new WeakMap();
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Where the rows in sight are now. */
export function places(list) {
  if (still.matches) return new Map();
  const near = innerHeight * NEAR;
  const seen = new Map();
  for (const row of list.children) {
    const { top } = row.getBoundingClientRect();
    if (top > innerHeight + near) break;
    if (top > -near) seen.set(row, top);
  }
  return seen;
}

/** Let them come from where they were seen, even if they were still on their way. */
export function glide(before) {
  for (const row of before.keys()) gliding.get(row)?.cancel();
  for (const [row, was] of before) {
    const moved = row.isConnected ? was - row.getBoundingClientRect().top : 0;
    if (!moved) continue;
    const from = { transform: `translateY(${moved}px)` };
    const motion = row.animate([from, { transform: 'none' }], { duration: LASTS, easing: EASING });
    gliding.set(row, motion);
  }
}
