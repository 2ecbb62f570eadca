/** Flagging: asked in a dialog, shown at once, kept while there is no connection. */
import { send } from 'heard/api';
import { ask } from 'heard/asks';
import { cards, put } from 'heard/cards';
import { now } from 'heard/clock';
import { blank } from 'heard/fill';
import { isOpen } from 'heard/flags';
import { complain, keep } from 'heard/moves';
import { page, words } from 'heard/page';
import { takes } from 'heard/queue';
import { scene } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { onAnswer } from 'heard/taps';
import { put as filled, say } from 'heard/words';

const QUESTION = { to: 'flag', requires: ['type'], kind: '' };
const FILE_LIMIT = 10 * 1024 * 1024;
const UPLOAD_PATIENCE = 60_000;

const pictures = new Map(); // key of a flag that is on its way → what is to be attached to it
const may = () => takes() && scene().rights.has('issues.write');

/** Flag an order, or correct the flag it has. */
export async function flag(id, ref = null) {
  const card = cards.get(id);
  if (!card || !may()) return;
  const issue = card.issues.find((one) => isOpen(one) && (!ref || one.id === ref));
  const fields = await ask(card, QUESTION, (form) => asking(form, card, issue));
  if (!fields) return;
  const { files, ...body } = fields;
  if (issue) return correct(id, issue, { ...body, seen: card.version }, files);
  const path = `/orders/${id}/issues`;
  const said = filled(words.history['order.flagged'], { issue: words.issue.types[body.type] });
  const seen = { ...body, seen: card.version };
  const key = await keep(id, { kind: 'flag', path, body: seen, said, issue: wished(body) });
  if (key) pictures.set(key, files);
}

/** The issue as it will stand in the card. */
function wished(body) {
  const opened = { opened_at: new Date(now()).toISOString(), opened_by: page.name ?? '' };
  return { id: '', state: 'open', outcome: null, attachments: [], ...opened, ...body };
}

async function correct(id, issue, body, files) {
  const answer = await send('PATCH', `/issues/${issue.id}`, body);
  const card = answer.body.order ?? (answer.body.code ? answer.body : null);
  if (card) put(card);
  if (answer.status !== 200) return complain(id, answer);
  attach(id, issue.id, files);
}

/** The pictures go one after another, once their issue is there. */
async function attach(id, ref, files) {
  const lost = [];
  for (const file of files) {
    const form = new FormData();
    form.append('file', file);
    sayNow(say('issue.attaching', { name: file.name }));
    const path = `/issues/${ref}/attachments`;
    const { status, body } = await send('POST', path, form, { patience: UPLOAD_PATIENCE });
    if (status === 201) put(body);
    else lost.push(failed(file, body.detail ?? words.issue.unknown));
  }
  if (lost.length) complain(id, { status: 422, body: { detail: lost.join(' ') } });
}

/** Fill the dialog; what is returned reads it. */
function asking(form, card, issue) {
  const part = (name) => form.querySelector(`[data-js="${name}"]`);
  const place = page.places?.find(({ id }) => id === card.location) ?? page.location;
  const { type, priority, text } = form.elements;
  if (issue) form.querySelector('[data-f="head"]').textContent = say('issue.update', card);
  part('do').textContent = issue ? words.issue.change : words.issue.save;
  type.value = issue?.type ?? '';
  priority.value = issue?.priority ?? 'medium';
  text.value = issue?.text ?? '';
  part('about').hidden = card.lines.length < 2;
  part('lines').replaceChildren(...card.lines.map((line) => choice(line, issue)));
  part('seen').textContent = say('issue.seen_by', { place: place.name });
  const written = () => say('issue.counter', { count: text.value.length });
  const count = () => (part('count').textContent = written());
  text.oninput = count;
  count();
  const files = () => [...form.elements.files.files, ...form.elements.photo.files];
  const named = () => (part('files').textContent = files().map(told).join(', '));
  form.elements.files.onchange = form.elements.photo.onchange = named;
  named();
  return () => ({
    type: type.value,
    priority: priority.value,
    text: text.value.trim(),
    lines: new FormData(form).getAll('lines').map(Number),
    files: files().filter(({ size }) => size <= FILE_LIMIT),
  });
}

const told = (file) => (file.size <= FILE_LIMIT ? file.name : failed(file, words.issue.large));
const failed = ({ name }, reason) => say('issue.failed', { name, reason });

function choice({ id, quantity, name }, issue) {
  const label = blank('tpl-choice');
  const box = label.querySelector('input');
  box.value = id;
  box.checked = Boolean(issue?.lines.includes(id));
  label.querySelector('[data-js="word"]').textContent = `${quantity}× ${name}`;
  return label;
}

onAnswer((tap, { status, body }) => {
  if (!pictures.has(tap.key)) return;
  const files = pictures.get(tap.key);
  pictures.delete(tap.key);
  if (status > 201) return;
  const type = words.issue.types[tap.body.type];
  sayNow(say('speech.flagged', { code: tap.code, type }));
  if (body.issue) attach(tap.order, body.issue, files);
});
