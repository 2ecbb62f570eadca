/** Sending a tap that was written down: once in effect, however often it takes. */
import { post } from 'heard/api';
import { now } from 'heard/clock';
import { changeTap, dropTaps, tapOf } from 'heard/store';
import { conclude, fly, note, remove, unwritten } from 'heard/taps';

const FRESH = 5_000; // a tap sent within this names the version it saw by If-Match
const GONE = { status: 200, body: {} };

/** Send a tap, unless another page has; nobody sends two of one order at the same time. */
export async function send(tap, match = null) {
  fly(tap, true);
  try {
    return await locked(`heard:${tap.order}`, () => still(tap, match));
  } finally {
    fly(tap, false);
  }
}

/** Whether there was no word of the server's own: it may still be done. */
export function unanswered({ status, body }) {
  if (status === 0 || status >= 500 || status === 429) return true;
  return body.type === '/problems/in-progress';
}

/** Where there are no locks (a page without TLS) the key alone keeps a tap from counting twice. */
export function locked(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}

async function still(tap, match) {
  const kept = tap.n ? await tapOf(tap.n).catch(() => tap) : tap;
  if (!kept) remove([tap.key]);
  if (!kept || kept.refusal) return GONE;
  const seen = now() - tap.at < FRESH ? match : null;
  tap.tried = true;
  const answer = await post(tap.path, tap.body, { key: tap.key, seen });
  await settle(tap, answer);
  return answer;
}

/** The answer is in: done, refused, or nothing yet. */
async function settle(tap, answer) {
  const { status, body } = answer;
  if (status === 401) return note({ held: 'signed_out' });
  if (status === 403 && body.field === 'X-CSRF-Token') return note({ held: 'renewed' });
  if (unanswered(answer)) return;
  const refusal = status < 300 ? null : refused(answer);
  if (tap.n) await written(tap.n, refusal).catch(unwritten);
  conclude(tap.key, refusal, answer);
}

const written = (n, refusal) => (refusal ? changeTap(n, { refusal }) : dropTaps([n]));

const refused = ({ status, body: { type, detail, changed, order } }) => ({
  status,
  type: type?.split('/').pop() ?? '',
  detail: detail ?? '',
  changed: changed ?? null,
  label: order?.label ?? '',
});
