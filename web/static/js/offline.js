/** What a board does for the time without a connection: it is kept, and so are its files. */
import { learn } from 'heard/lamp';
import { page } from 'heard/page';
import { reload } from 'heard/place';
import { whenQuiet } from 'heard/quiet';
import { onTaps, taps } from 'heard/taps';

const RELOAD = 4503;
const secure = isSecureContext && 'serviceWorker' in navigator;
const frame = secure && !page.kept ? copied() : null;

if (page.kept) learn({ good: { date: page.kept.good, steady: performance.now() } });

/** Keep the board of these streams on the device. */
export function lasting(streams, held) {
  if (secure) {
    whenQuiet(async () => {
      navigator.serviceWorker.register('/sw.js').catch(() => undefined);
      const kept = await import('heard/kept').catch(() => null);
      kept?.keep(frame, streams);
    });
  }
  onTaps(() => taps.held === 'renewed' && reload(RELOAD, held));
}

/** The page without its orders, as it came: copied before the scripts touch it. */
function copied() {
  const body = document.body.cloneNode(true);
  for (const row of body.querySelectorAll('[data-list] > *, #page')) row.remove();
  return body.innerHTML;
}
