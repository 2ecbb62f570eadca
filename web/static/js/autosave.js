/** Fields that save themselves: each tells below itself that it did, or why not. */
import { send } from 'heard/api';
import { now } from 'heard/clock';
import { page, words } from 'heard/page';
import { put } from 'heard/words';

const said = words.settings;

/** What a field was when the server last told it, and in which version of the thing it belongs to. */
const known = new WeakMap();

/** Save what is changed within `root`; `after(body)` is called with what the server has made of it. */
export function autosave(root, after) {
  for (const field of root.querySelectorAll('[data-save]')) learn(field);
  root.addEventListener('focusin', ({ target }) => target.matches('[data-save]') && learn(target));
  root.addEventListener('change', ({ target }) => {
    if (target.matches('[data-save]')) save(target, after);
  });
  root.addEventListener('click', ({ target }) => {
    const way = target.closest('[data-js="mine"], [data-js="theirs"]');
    if (way) settle(way, after);
  });
}

/** What stands in a field is what the server says, unless somebody is at it. */
export function learn(field, value = field.defaultValue ?? field.value) {
  if (known.has(field)) return;
  const initial = field.matches('select') ? field.value : value;
  known.set(field, { value: initial, version: versionOf(field) });
}

/** The server says something newer: taken over where nobody is typing. */
export function renewed(field, value, version) {
  const was = known.get(field);
  const busy = field === document.activeElement || field.matches('[aria-invalid="true"]');
  const dirty = was && field.value !== was.value;
  if (busy || dirty) {
    if (was?.value === value) was.version = version; // somebody changed something else
    return;
  }
  if (field.value !== value) field.value = value;
  known.set(field, { value, version });
}

async function save(field, after, version = known.get(field)?.version) {
  const asked = body(field);
  if (asked === null) return complain(field, said.number);
  const box = field.closest('[data-path]');
  tell(field, said.saving);
  const answer = await send('PATCH', box.dataset.path, asked, { seen: version });
  if (answer.status === 200) return saved(field, version, answer.body, after);
  tell(field, '');
  if (answer.status === 412) return conflict(field, answer.body);
  complain(field, answer.status ? answer.body.detail : said.unsaved);
}

function saved(field, version, whole, after) {
  const { thing } = field.closest('[data-path]').dataset;
  for (const one of document.querySelectorAll(`[data-thing="${thing}"] [data-save]`)) {
    const is = known.get(one);
    if (is?.version === version) is.version = whole.version; // the change between was our own
  }
  for (const one of pair(field)) {
    complain(one, '');
    known.set(one, { value: one.value, version: whole.version });
  }
  tell(field, put(said.saved, { time: clock.format(now()) }));
  after(field, whole);
}

/** Somebody was faster: what they say, and what it says now; the person decides. */
function conflict(field, { detail, location: place, settings }) {
  const present = place ?? settings;
  if (!present) return complain(field, detail);
  const value = shown(field, present);
  const more = value === field.value ? '' : ` ${put(said.now_it_says, { value })}`;
  complain(field, detail + more);
  Object.assign(known.get(field), { value, version: present.version });
  for (const name of ['mine', 'theirs']) part(field, name).hidden = false;
}

function settle(way, after) {
  const field = way.closest('.field').querySelector('[data-save]');
  if (way.dataset.js === 'mine') return save(field, after);
  field.value = known.get(field).value;
  complain(field, '');
  field.focus();
  after(field, null);
}

/** The form that a field's name stands for: labels.onsite.ready, thresholds.ready.warn_seconds … */
function body(field) {
  const [first, ...rest] = field.name.split('.');
  if (first !== 'thresholds') return nested([first, ...rest], typed(field));
  const [stage] = rest;
  const [warn, late] = pair(field).map((one) => Math.round(60 * one.value));
  if (!warn || !late) return null;
  return { thresholds: { [stage]: { warn_seconds: warn, late_seconds: late } } };
}

function typed(field) {
  if (field.type !== 'number') return field.value.trim();
  return field.value === '' ? null : Number(field.value);
}

function nested([name, ...rest], value) {
  if (value === null && !rest.length && name !== 'capacity') return null;
  return { [name]: rest.length ? nested(rest, value) : value };
}

/** What a field would show of a thing. */
export function shown(field, thing) {
  const [first, ...rest] = field.name.split('.');
  const from = first === 'labels' ? ['renamed', ...rest] : [first, ...rest];
  const value = from.reduce((found, name) => found?.[name], thing) ?? '';
  return String(first === 'thresholds' ? +(value / 60).toPrecision(6) : value);
}

/** Both thresholds of a stage are saved together. */
function pair(field) {
  return [...(field.closest('.threshold') ?? field.closest('.field')).querySelectorAll('[data-save]')];
}

function complain(field, text) {
  const error = part(field, 'error');
  error.hidden = !text;
  part(field, 'why').textContent = text;
  for (const name of ['mine', 'theirs']) part(field, name).hidden = true;
  text ? field.setAttribute('aria-invalid', 'true') : field.removeAttribute('aria-invalid');
  if (text) tell(field, '');
}

function tell(field, text) {
  part(field, 'saved').textContent = text;
}

const part = (field, name) => field.closest('.field').querySelector(`[data-js="${name}"]`);
const versionOf = (field) => Number(field.closest('[data-path]')?.dataset.version);
const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: page.location.timezone, hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
});
