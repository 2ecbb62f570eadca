/** The settings: fields that save themselves, previews, stations, locations; kept true meanwhile. */
import { send } from 'heard/api';
import { autosave, learn, renewed } from 'heard/autosave';
import { exporting } from 'heard/exporting';
import { page, words } from 'heard/page';
import { preview } from 'heard/preview';
import { sayNow } from 'heard/speech';
import { follow } from 'heard/stream';
import 'heard/status';
import { say } from 'heard/words';

const SOON = 150;
const main = document.getElementById('main');
const previews = new Map();
let later = 0;

autosave(main, soon);
exporting();
for (const flow of document.querySelectorAll('[data-flow]')) {
  const stages = new Map(page.stages[flow.dataset.flow].map((stage) => [stage.key, stage]));
  previews.set(flow.dataset.flow, preview(flow, stages));
}

const acts = {
  remove: (button) => change('DELETE', button.closest('[data-path]').dataset.path, {}, button),
  archive: (button) => put('archive', button),
  restore: (button) => put('restore', button),
};

/** Put a location away, or take it back. */
async function put(verb, button) {
  const body = await change('POST', `/locations/${button.dataset.place}/${verb}`, {}, button);
  if (body) sayNow(say(`settings.${verb}d_told`, body));
}

main.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-act]');
  if (button && !button.disabled) acts[button.dataset.act](button);
});

main.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.id === 'export') return;
  event.preventDefault();
  if (form.dataset.js === 'add') {
    const name = form.elements.name.value.trim();
    const made = await change('POST', `/locations/${form.dataset.place}/stations`, { name }, form);
    if (made) form.reset();
  }
  if (form.id === 'new-place') {
    const given = Object.fromEntries(new FormData(form));
    const made = await change('POST', '/locations', given, form);
    if (!made) return;
    form.reset();
    sayNow(say('settings.created_told', made));
    const place = document.getElementById(`place-${made.id}`);
    if (place) place.open = true;
    place?.querySelector('summary').focus();
  }
});

/** Change something by a press; what is wrong is said beside it. */
async function change(method, path, body, where) {
  const answer = await send(method, path, body);
  const done = answer.status >= 200 && answer.status < 300;
  complain(where, done ? '' : answer.body.detail ?? words.settings.unsaved);
  if (done) await renew();
  return done ? answer.body : null;
}

function complain(where, text) {
  const near = where.querySelector('[data-js="wrong"]');
  const place = near ?? where.closest('.place-settings__body')?.querySelector(':scope > [data-js="wrong"]')
    ?? document.getElementById('trouble');
  place.textContent = text;
  place.hidden = !text;
}

function soon() {
  clearTimeout(later);
  later = setTimeout(renew, SOON);
}

/** The page as the server has it now, put in where nobody is at work. */
async function renew() {
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const box of fresh.querySelectorAll('[data-path]')) take(box);
  for (const part of fresh.querySelectorAll('[data-js="standing"], .threshold__stage')) retell(part);
  for (const { id, dataset } of fresh.querySelectorAll('[data-act-status]')) {
    const button = document.getElementById(id);
    if (button) button.dataset.place = dataset.place;
  }
  const [mine, theirs] = [document, fresh].map((doc) => doc.getElementById('places'));
  if (shape(mine) !== shape(theirs)) exchange(mine, theirs);
  for (const [name, draw] of previews) draw(page.stages[name][0].key);
}

/** The newer version of a box, and the values of its fields. */
function take(box) {
  const mine = main.querySelector(`[data-path="${box.dataset.path}"]`);
  for (const field of box.querySelectorAll('[data-save]')) {
    const own = document.getElementById(field.id);
    if (own) renewed(own, field.value, Number(box.dataset.version));
  }
  if (mine) mine.dataset.version = box.dataset.version;
}

function retell(part) {
  const at = part.closest('[data-key]').dataset.key;
  const index = [...part.closest('[data-key]').querySelectorAll(`.${part.className}`)].indexOf(part);
  const own = main.querySelectorAll(`[data-key="${at}"] .${part.className}`)[index];
  if (own && own.textContent !== part.textContent) own.textContent = part.textContent;
}

/** Which locations, stations and thresholds there are. */
const shape = (places) =>
  [...places.querySelectorAll('[data-key], [data-act], .threshold input')]
    .map(({ id, dataset }) => dataset.key ?? dataset.place ?? id).join(' ');

/** Another location or station: the list is printed anew; open ones stay open, the hand stays. */
function exchange(mine, theirs) {
  const held = document.activeElement?.id;
  for (const { id } of mine.querySelectorAll('details[open]')) {
    const same = theirs.querySelector(`#${id}`);
    if (same) same.open = true;
  }
  mine.replaceChildren(...document.importNode(theirs, true).childNodes);
  for (const field of mine.querySelectorAll('[data-save]')) learn(field);
  if (held) document.getElementById(held)?.focus();
}

document.addEventListener('status', soon);
document.addEventListener('visibilitychange', () => document.hidden || soon());
follow(page.channel, page.position, {
  subscribed: () => undefined,
  snapshot: soon,
  event: soon,
  ended: (code) => code === 4500 && location.reload(),
});
