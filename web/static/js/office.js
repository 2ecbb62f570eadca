/** The pages of the office: changes by the API, undo, and lists that follow what others change. */
import { newKey, send } from 'heard/api';
import { page, words } from 'heard/page';
import { sayNow } from 'heard/speech';
import { follow } from 'heard/stream';

const UNDO = 8_000;
const SOON = 150;
const trouble = document.getElementById('trouble');
const undoBar = document.getElementById('undo');
let renewing = 0;
let undoing = 0;

/** Change something; asks for the password where it was given too long ago. Null: it was not done. */
export async function change(method, path, body, form = null) {
  let answer = await send(method, path, body, { key: newKey() });
  while (answer.body.type === '/problems/reauthenticate') {
    if (!(await proved())) return null;
    answer = await send(method, path, body, { key: newKey() });
  }
  const refused = answer.status < 200 || answer.status > 299;
  complain(form, refused ? answer.body.detail ?? words.office.unsaved : '');
  return refused ? null : answer.body;
}

/** Say what is wrong where the person is looking; with nothing to say, take it back. */
export function complain(form, text) {
  const place = form?.querySelector('[data-js="wrong"]') ?? trouble;
  place.textContent = text;
  place.hidden = !text;
  if (text && place === trouble) place.scrollIntoView({ block: 'nearest' });
}

/** A dialog with a form; `go` gets what was filled in, and says whether it is done. */
export function asking(dialog, go) {
  const form = dialog.querySelector('form');
  const origin = document.activeElement;
  complain(form, '');
  dialog.showModal();
  return new Promise((done) => {
    const stop = new AbortController();
    const close = (value) => {
      stop.abort();
      dialog.close();
      origin?.focus({ preventScroll: true });
      done(value);
    };
    const on = (target, name, act) => target.addEventListener(name, act, { signal: stop.signal });
    on(form, 'submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('[data-js="do"]');
      if (button.disabled) return;
      button.disabled = true;
      const value = await go(new FormData(form), form);
      button.disabled = false;
      if (value) close(value);
    });
    on(dialog, 'cancel', (event) => {
      event.preventDefault();
      close(null);
    });
    on(form.querySelector('[data-js="keep"]'), 'click', () => close(null));
  });
}

function proved() {
  const dialog = document.getElementById('proof');
  dialog.querySelector('form').reset();
  return asking(dialog, async (given, form) => {
    const answer = await send('POST', '/account/proof', Object.fromEntries(given));
    complain(form, answer.status === 200 ? '' : answer.body.detail ?? words.office.unsaved);
    return answer.status === 200;
  });
}

/** Say what was done, and offer to take it back for as long as everywhere else. */
export function undoable(text, back) {
  const button = undoBar.querySelector('[data-js="back"]');
  undoBar.querySelector('[data-js="said"]').textContent = text;
  undoBar.hidden = false;
  clearTimeout(undoing);
  undoing = setTimeout(() => (undoBar.hidden = true), UNDO);
  button.onclick = () => {
    undoBar.hidden = true;
    back();
  };
}

/** Say it to those who listen, and show the list as it is now. */
export async function done(text) {
  sayNow(text);
  await renew();
}

/** Print the list anew as the server has it; the hand stays where it is. */
export async function renew() {
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const held = document.activeElement;
  const [key, act] = [held?.closest('[data-key]')?.dataset.key, held?.dataset.act];
  for (const id of ['list', 'next']) {
    const wanted = fresh.getElementById(id);
    if (wanted) document.getElementById(id)?.replaceWith(wanted);
  }
  if (held?.isConnected || !key) return;
  const row = document.querySelector(`#list [data-key="${CSS.escape(key)}"]`);
  (row?.querySelector(`[data-act="${act}"]`) ?? row?.querySelector('[data-act]'))?.focus();
}

/** Call `act[name](row, button)` for each press on a `data-act`. */
export function presses(acts) {
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-act]');
    if (button && !button.disabled) acts[button.dataset.act]?.(button.closest('[data-key]'), button);
  });
}

function soon() {
  clearTimeout(renewing);
  renewing = setTimeout(renew, SOON);
}

if (page.channel) {
  follow(page.channel, page.position, {
    subscribed: () => undefined,
    snapshot: soon,
    event: soon,
    ended: (code) => code === 4500 && location.reload(),
  });
}
