/** Moving orders on: painted as soon as it is written down, settled by the server's answer. */
import { newKey, post } from 'heard/api';
import { cards, onCards, put } from 'heard/cards';
import { everySecond, now } from 'heard/clock';
import { connected } from 'heard/lamp';
import { pending } from 'heard/pending';
import { discard, enqueue, takes, Unkept } from 'heard/queue';
import { trouble, unkept, whyNot } from 'heard/refusals';
import { isFlying, onAnswer, onTaps, refusedFor, taps, waitingFor } from 'heard/taps';
import { say } from 'heard/words';

const UNDO = 8_000;

/** What this page knows beyond the cards and the taps: id → {busy, note, until}. */
const local = new Map();
const last = []; // ids of the orders moved here, the last at the end
const own = new Map(); // key of each tap of this page → whether it has been told of
const listeners = new Set();

/** Call this with an id when its wish, note or undo has changed. */
export function onMoves(listener) {
  listeners.add(listener);
}

/** The order as it is meant to be: the server's card, and over it what was asked for since. */
export function shown(id) {
  const card = cards.get(id);
  return card && pending(card);
}

/** Whether a step can be taken now; what ends an order has to see it as it is. */
export const may = (step) => connected() || (step.kind !== 'void' && takes());
export const noteOf = (id) => local.get(id)?.note ?? whyNot(refusedFor(id), cards.get(id));
export const isBusy = (id) => Boolean(local.get(id)?.busy) || waitingFor(id).some(isFlying);

/** Milliseconds left to undo the move that this page made. */
export function undoLeft(id) {
  if (!connected() && !retractable(id)) return 0;
  return Math.max((local.get(id)?.until ?? 0) - now(), 0);
}

/** Set an order to the stage of a step, with what the step requires. */
export async function advance(id, step, fields = {}) {
  const card = cards.get(id);
  if (!card || isBusy(id)) return;
  const before = waitingFor(id).findLast(({ kind }) => kind === 'move');
  const built = before ? { after: before.key } : {};
  set(id, { busy: true, note: null });
  dismiss(id);
  const kept = await keep(id, {
    kind: 'move',
    path: `/orders/${id}/advance`,
    body: { to: step.to, ...fields, seen: card.version, ...built },
    said: step.label,
    match: before ? null : card.version,
    wish: { stage: step.to, label: step.label, kind: step.kind },
  });
  if (kept) remember(id);
  set(id, { busy: false, until: kept ? now() + UNDO : 0 });
  if (kept && !connected()) told(kept, id, { said: 'kept', label: step.label });
}

/** Take back the last move of an order: before it is sent, or by asking the server. */
export async function undo(id) {
  const card = cards.get(id);
  if (!card || isBusy(id)) return;
  const waiting = retractable(id);
  set(id, { busy: true, note: null, until: 0 });
  if (waiting) await discard(waiting);
  else await ask(id, card);
  set(id, { busy: false });
}

/** The order that was moved here last and can still be taken back. */
export function lastUndoable() {
  return last.findLast((id) => undoLeft(id) > 0);
}

/** What the row says has been read. */
export function dismiss(id) {
  for (const tap of refusedFor(id)) discard(tap);
  if (local.get(id)?.note) set(id, { note: null });
}

/** Write a change of an order down; its key, or null if it can neither be kept nor sent. */
export async function keep(id, change) {
  const { code, location } = cards.get(id);
  try {
    const { key } = await enqueue({ order: id, code, location, ...change });
    own.set(key, false);
    return key;
  } catch (error) {
    if (!(error instanceof Unkept)) throw error;
    set(id, { note: unkept() });
    return null;
  }
}

/** A question that could not wait was refused: the row says why. */
export function complain(id, { status, body }) {
  set(id, { note: trouble(status, body, cards.get(id)) });
  tell(id, { said: 'failed' });
}

async function ask(id, card) {
  const path = `/orders/${id}/undo`;
  const { status, body } = await post(path, {}, { key: newKey(), seen: card.version });
  const renewed = body.order ?? (body.code ? body : null);
  if (renewed) put(renewed);
  if (status === 200) return tell(id, { said: 'undone', label: cards.get(id)?.label });
  complain(id, { status, body });
}

/** The last move, while it has not left this device. */
function retractable(id) {
  const tap = waitingFor(id).findLast(({ kind }) => kind === 'move');
  return tap && !tap.tried ? tap : null;
}

function answered(tap, { status, body }) {
  const card = body.order ?? (body.code ? body : null);
  if (card) put(card);
  if (!own.has(tap.key)) return;
  const { order, at, wish } = tap;
  const until = status === 200 && now() - at < UNDO ? card?.moved?.undo_until : null;
  if (wish) set(order, { until: until ? Date.parse(until) : 0 });
  if (status >= 300) return told(tap.key, order, refusal(order, card));
  if (wish && !own.get(tap.key)) told(tap.key, order, { said: 'moved', label: wish.label });
  own.delete(tap.key);
}

const refusal = (id, card) => ({ said: card ? 'conflict' : 'failed', text: noteOf(id)?.text });

/** Say it once: when it is kept, or when it is done; and when it is refused. */
function told(key, id, news) {
  own.set(key, true);
  tell(id, news);
}

function remember(id) {
  last.push(id);
  if (last.length > 50) last.shift();
}

function set(id, change) {
  local.set(id, { ...local.get(id), ...change });
  tell(id);
}

function tell(id, news = null) {
  for (const listener of listeners) listener(id, news);
}

/** Count the undo slots down, say what still waits, and forget what is over. */
function tick() {
  for (const { order } of taps.list) tell(order);
  for (const [id, { busy, note, until }] of local) {
    if (until) tell(id);
    if (!busy && !note && !(until > now())) local.delete(id);
  }
}

/** The order has changed since: what a note said of a lost answer is settled. */
function overtaken(ids) {
  for (const id of ids ?? local.keys()) {
    if (local.get(id)?.note && !isBusy(id)) set(id, { note: null });
  }
}

everySecond(tick);
onCards(overtaken);
onAnswer(answered);
onTaps((id) => (id ? tell(id) : [...local.keys()].forEach((each) => tell(each))));
