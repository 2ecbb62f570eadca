/** Making a place busy, or pausing it: always with an end. */
import { send } from 'heard/api';
import { now, timeOfDay } from 'heard/clock';
import { text } from 'heard/fill';
import { page, words } from 'heard/page';
import { showStatus } from 'heard/status';
import { say } from 'heard/words';

const SHORTEST = 5;
const LONGEST = 24 * 60;
const USUAL = 30;

const dialog = document.getElementById('ask-status');
const form = dialog.querySelector('form');
const part = (name) => dialog.querySelector(`[data-js="${name}"]`);
let minutes = USUAL;

form.addEventListener('change', draw);
form.addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.dataset.minutes) last(+button.dataset.minutes);
  if (button?.dataset.step) last(minutes + +button.dataset.step);
});
part('keep').addEventListener('click', () => dialog.close());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  save();
});

/** Begin with what is so now, to be extended or ended. */
export function open(button) {
  button.closest('[popover]')?.hidePopover();
  const { place } = button.dataset;
  if (place) page.location = { ...page.location, ...JSON.parse(place) };
  const { state, reason, until } = page.location.status;
  const left = until ? Math.ceil((Date.parse(until) - now()) / 60_000) : 0;
  form.reset();
  form.state.value = left > 0 ? state : 'busy';
  form.reason.value = (left > 0 && reason) || '';
  part('error').hidden = true;
  last(left > 0 ? left : USUAL);
  dialog.showModal();
  dialog.querySelector('input:checked').focus();
}

function last(wanted) {
  minutes = Math.min(Math.max(wanted, SHORTEST), LONGEST);
  draw();
}

function draw() {
  const shut = form.state.value !== 'open';
  part('shut').hidden = !shut;
  text(part('minutes'), say('minutes', { minutes }));
  text(part('ends'), say('status.ends', { time: timeOfDay(now() + minutes * 60_000) }));
  for (const button of form.querySelectorAll('[data-minutes]')) {
    button.setAttribute('aria-pressed', String(+button.dataset.minutes === minutes));
  }
}

async function save() {
  const state = form.state.value;
  const reason = form.reason.value.trim();
  const more = state === 'open' ? {} : { minutes, ...(reason && { reason }) };
  part('do').disabled = true;
  const path = `/locations/${page.location.id}/status`;
  const { status, body } = await send('PUT', path, { state, ...more });
  part('do').disabled = false;
  if (status === 200) {
    page.location = { ...page.location, ...body };
    showStatus(body.status);
    document.dispatchEvent(new Event('status'));
    return dialog.close();
  }
  text(part('error'), status ? body.detail : words.status.unsaved);
  part('error').hidden = false;
}
