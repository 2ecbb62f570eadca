/** The list of what waits to be sent and of what was refused, with the ways on. */
import { cards } from 'heard/cards';
import { everySecond, now } from 'heard/clock';
import { blank, text } from 'heard/fill';
import { advance } from 'heard/moves';
import { discard } from 'heard/queue';
import { reason, whyNot } from 'heard/refusals';
import { isFlying, onTaps, taps } from 'heard/taps';
import { ago, say } from 'heard/words';

const sheet = document.getElementById('outbox');
const list = sheet.querySelector('ul');
const part = (name) => sheet.querySelector(`[data-js="${name}"]`);
const drawn = new Map(); // key → its item
let leave = null;

/** Open the list; `leaving` is what somebody who signs out nevertheless does. */
export function show(leaving) {
  leave = leaving || null;
  draw();
  if (!sheet.open) sheet.showModal();
  part('close').focus();
}

function draw() {
  text(part('about'), about());
  part('leave').hidden = !leave;
  const keys = new Set(taps.list.map(({ key }) => key));
  for (const [key, item] of drawn) {
    if (keys.has(key)) continue;
    item.remove();
    drawn.delete(key);
  }
  for (const tap of taps.list) paint(tap);
}

function about() {
  if (leave && taps.list.length) return say('outbox.leaving');
  if (!taps.durable) return say('outbox.why_not');
  if (taps.held) return say(`outbox.${taps.held}`);
  return say(taps.list.length ? 'outbox.about' : 'outbox.nothing');
}

function paint(tap) {
  const item = drawn.get(tap.key) ?? list.appendChild(blank('tpl-outbox'));
  drawn.set(tap.key, item);
  text(item.querySelector('[data-f="code"]'), tap.code);
  text(item.querySelector('[data-f="said"]'), tap.said);
  text(item.querySelector('[data-f="state"]'), state(tap));
  item.toggleAttribute('data-refused', Boolean(tap.refusal));
  const ways = choices(tap);
  const mark = ways.map(({ word }) => word).join('|');
  if (item.dataset.ways === mark) return;
  item.dataset.ways = mark;
  item.querySelector('.unsent__ways').replaceChildren(...ways.map((way) => button(tap, way)));
}

function state(tap) {
  if (tap.refusal) return reason(tap);
  const age = ago(now() - tap.at);
  return say(isFlying(tap) ? 'outbox.sending' : 'outbox.since', { age });
}

function choices(tap) {
  if (!tap.refusal) return [{ word: say('outbox.discard'), act: () => discard(tap) }];
  const card = cards.get(tap.order);
  const told = card && whyNot([tap], card).choices.find(({ act }) => act === 'anyway');
  const keep = tap.refusal.changed ? 'row.keep' : 'row.dismiss';
  const ways = [{ word: say(keep), act: () => discard(tap) }];
  return told ? [...ways, { word: told.word, act: () => anyway(tap, told) }] : ways;
}

async function anyway(tap, { step, fields }) {
  await discard(tap);
  advance(tap.order, step, fields);
}

function button(tap, { word, act }) {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'btn';
  node.textContent = word;
  node.setAttribute('aria-label', say('act', { verb: word, code: tap.code }));
  node.addEventListener('click', async () => {
    await act();
    if (sheet.open) part('close').focus();
  });
  return node;
}

part('leave').addEventListener('click', () => leave?.());
sheet.addEventListener('click', ({ target }) => target === sheet && sheet.close());
onTaps(() => sheet.open && draw());
everySecond(() => sheet.open && draw());
