/** How busy the place is, in the header; the dialog that changes it is loaded when it is wanted. */
import { everySecond, now, today } from 'heard/clock';
import { attr, text, toggle } from 'heard/fill';
import { page, words } from 'heard/page';
import { moment, say } from 'heard/words';

const FACES = { busy: 'clock', paused: 'pause' };

const pill = document.getElementById('status');

/** Say how busy the place is; what is over is over, even before the server says so. */
export function showStatus({ state, reason, by, until }) {
  if (!pill) return;
  const shut = state !== 'open' && Date.parse(until) > now();
  toggle(pill, !shut);
  if (!shut) return;
  attr(pill.firstElementChild, 'data-role', state);
  attr(pill.querySelector('use'), 'href', `#i-${FACES[state]}`);
  const time = say('status.until', { word: words.status[state], time: moment(until, today()) });
  text(pill.querySelector('[data-f="status"]'), [time, reason, by].filter(Boolean).join(' · '));
}

everySecond(() => page.location.status && showStatus(page.location.status));

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-act-status]');
  if (button) (await import('heard/busy')).open(button);
});
