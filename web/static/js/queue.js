/**
 * Changes made on this device: written down before the screen shows them, then sent one by one.
 *
 *   const { key, answer } = await enqueue({
 *     kind: 'flag',                    move, note, flag: what it is, for the list of what waits
 *     order, code, location,           the order's id and code, and its location's id
 *     path: '/orders/ord_…/issues',    below /api/v1; a POST
 *     body: { type, text, seen },      `tapped_at` is added, and then it never changes: the same key
 *                                      with another body would be refused (422)
 *     said: 'Flag: Wrong items',       the change in words
 *     match: 17,                       If-Match, for a tap that is sent at once (optional)
 *   });
 *
 * It resolves when the tap is written down: from then on the screen may show it, and closing the
 * page loses nothing. `answer` is a promise of {status, body}; offline it comes much later, or in
 * another page. Where nothing can be kept and nobody is there to send it to, it rejects with Unkept.
 * Refused taps stay in the list, with `refusal`, until a person clears them by `discard`.
 */
import { newKey } from 'heard/api';
import { now } from 'heard/clock';
import { pause } from 'heard/drain';
import { connected, judge } from 'heard/lamp';
import { page } from 'heard/page';
import { send, unanswered } from 'heard/send';
import { dropTaps, keepTap, wipe } from 'heard/store';
import { add, clear, isFlying, note, onAnswer, recalled, remove, taps, unwritten, waitingFor } from 'heard/taps';

/** Nothing can be kept on this device, and there is no connection either. */
export class Unkept extends Error {}

const awaited = new Map(); // key → whom to tell of the answer

/** Whether a change can be taken now: it will be kept, or there is somebody to send it to. */
export function takes() {
  return judge().state !== 'ended' && (taps.durable || connected());
}

/** Write a change down, and send it as soon as there is somebody to send it to. */
export async function enqueue({ match, ...change }) {
  const at = now();
  const body = { ...change.body, tapped_at: new Date(at).toISOString() };
  await recalled;
  const late = !connected() || waitingFor(change.order).length > 0;
  const tap = { ...change, key: newKey(), person: page.person, body, at, late };
  await write(tap);
  const answer = new Promise((done) => awaited.set(tap.key, done));
  if (!late) sent(tap, match);
  add(tap);
  return { key: tap.key, answer };
}

/** Take a tap back before it is sent, or clear a refused one; and what was built on it. */
export async function discard(tap) {
  const gone = new Set([tap.key]);
  for (const { key, body } of taps.list) if (gone.has(body.after)) gone.add(key);
  const dropped = taps.list.filter((known) => gone.has(known.key) && !isFlying(known));
  await dropTaps(dropped.map(({ n }) => n).filter(Boolean)).catch(unwritten);
  remove(dropped.map(({ key }) => key));
}

/** Forget everything: this is not the person's device any more. */
export async function forget() {
  clear();
  await wipe().catch(unwritten);
}

async function write(tap) {
  try {
    tap.n = await keepTap(tap);
    if (!taps.durable) note({ durable: true });
  } catch {
    unwritten();
    if (!connected()) throw new Unkept();
  }
}

async function sent(tap, match) {
  if (unanswered(await send(tap, match))) pause();
}

onAnswer(({ key }, answer) => {
  awaited.get(key)?.(answer);
  awaited.delete(key);
});
