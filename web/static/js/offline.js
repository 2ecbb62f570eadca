/** What a page does for the time without a connection, and what it forgets when that is over. */
import { learn, watch } from 'heard/lamp';
import { copied, keep } from 'heard/kept';
import { page } from 'heard/page';
import { reload } from 'heard/place';
import { discard } from 'heard/queue';
import { whenQuiet } from 'heard/quiet';
import { forgetBoards } from 'heard/store';
import { onTaps, taps } from 'heard/taps';

const SIGNED_OUT = 4500;
const GONE = 4501;
const RELOAD = 4503;
const secure = isSecureContext && 'serviceWorker' in navigator;
const frame = secure ? copied() : null;

if (page.kept) learn({ good: { date: page.kept.good, steady: performance.now() } });

/** Keep the board of these streams on the device, as long as it is this person's to see. */
export function lasting(streams, held) {
  if (secure) {
    whenQuiet(() => {
      keep(frame, streams);
      navigator.serviceWorker.register('/sw.js').catch(() => undefined);
    });
  }
  watch(({ code }, changed) => changed && ended(code));
  onTaps(() => taps.held === 'renewed' && reload(RELOAD, held));
}

/** Rights withdrawn: nothing of the orders stays here. What waits stays for the same person. */
async function ended(code) {
  if (code === SIGNED_OUT || code === GONE) await forgetBoards().catch(() => undefined);
  if (code !== GONE || page.location.id === 'all') return;
  for (const tap of taps.list) if (tap.location === page.location.id) await discard(tap);
}
