/** Moving orders on: painted at once, settled by the server's answer, taken back in words. */
import { newKey, post } from 'heard/api';
import { cards, onCards, put } from 'heard/cards';
import { everySecond, now } from 'heard/clock';
import { ago, say } from 'heard/words';

const UNDO = 8_000;

/** What this page knows beyond the cards: id → {wish, note, until}. */
const local = new Map();
const last = []; // ids of the orders moved here, the last at the end
const listeners = new Set();

/** Call this with an id when its wish, note or undo has changed. */
export function onMoves(listener) {
  listeners.add(listener);
}

/** The order as it is meant to be: the server's card, and over it what was just asked for. */
export function shown(id) {
  const card = cards.get(id);
  const wish = local.get(id)?.wish;
  return card && wish ? { ...card, ...wish } : card;
}

export const noteOf = (id) => local.get(id)?.note;
export const isBusy = (id) => Boolean(local.get(id)?.wish);

/** Milliseconds left to undo the move that this page made. */
export function undoLeft(id) {
  return Math.max((local.get(id)?.until ?? 0) - now(), 0);
}

/** Set an order to the stage of a step, with what the step requires. */
export async function advance(id, step, fields = {}, key = newKey()) {
  const card = cards.get(id);
  if (!card || isBusy(id)) return;
  const wish = { stage: step.to, label: step.label, kind: step.kind, next: [] };
  remember(id);
  set(id, { wish, note: null, until: now() + UNDO });
  const body = { to: step.to, ...fields };
  const answer = await post(`/orders/${id}/advance`, body, { key, seen: card.version });
  const settled = settle(id, answer, step, () => advance(id, step, fields, key));
  if (settled) tell(id, { said: 'moved', label: step.label });
}

/** Take back the last move of an order. */
export async function undo(id) {
  const card = cards.get(id);
  if (!card || isBusy(id)) return;
  const key = newKey();
  set(id, { wish: { next: [] }, note: null, until: 0 });
  const answer = await post(`/orders/${id}/undo`, {}, { key, seen: card.version });
  if (settle(id, answer, null, null)) tell(id, { said: 'undone', label: cards.get(id)?.label });
}

/** The order that was moved here last and can still be taken back. */
export function lastUndoable() {
  return last.findLast((id) => undoLeft(id) > 0);
}

/** The note has been read, or what it said is no longer so. */
export function dismiss(id) {
  const known = local.get(id);
  if (known?.note) set(id, { note: null });
}

/** The answer is in: keep, or roll back and say why. */
function settle(id, { status, body }, step, retry) {
  const card = body.order ?? (body.code ? body : null);
  set(id, { wish: null }, false);
  if (card) put(card);
  if (status === 200 || card?.stage === step?.to) {
    const until = card?.moved?.undo_until;
    set(id, { until: step && until ? Date.parse(until) : 0 });
    return true;
  }
  set(id, { until: 0, note: note(id, status, body, step, retry) });
  tell(id, { said: card ? 'conflict' : 'failed', text: local.get(id).note.text });
  return false;
}

function note(id, status, body, step, retry) {
  if ((status === 409 || status === 412) && body.order) return conflict(body, step);
  const { label } = cards.get(id);
  if (status === 0) return trouble(say('row.unknown', { label }), retry);
  if (status === 401) return trouble(say('row.signed_out'));
  const again = status >= 500 || status === 429 ? retry : null;
  return trouble(body.detail ?? say('row.unsaved', { label }), again);
}

/** Somebody was faster: who, what, when, and two ways on. */
function conflict({ order, changed, detail }, step) {
  const still = step && order.next.find(({ to }) => to === step.to);
  const text = changed?.by
    ? say('row.changed', {
        name: changed.by,
        label: order.label,
        age: ago(now() - Date.parse(changed.at)),
      })
    : detail;
  const keep = { act: 'dismiss', word: say('row.keep') };
  const anyway = { act: 'anyway', word: say('row.anyway', { label: step?.label }), step };
  return { tone: 'conflict', text, choices: still ? [keep, anyway] : [keep] };
}

function trouble(text, retry) {
  const again = { act: 'again', word: say('row.again'), retry };
  const dismissed = { act: 'dismiss', word: say('row.dismiss') };
  return { tone: 'trouble', text, choices: retry ? [dismissed, again] : [dismissed] };
}

function remember(id) {
  last.push(id);
  if (last.length > 50) last.shift();
}

function set(id, change, loud = true) {
  local.set(id, { ...local.get(id), ...change });
  if (loud) tell(id);
}

function tell(id, news = null) {
  for (const listener of listeners) listener(id, news);
}

/** Count the undo slots down, and forget what is over. */
function tick() {
  for (const [id, { wish, note, until }] of local) {
    if (until) tell(id);
    if (!wish && !note && !undoLeft(id)) local.delete(id);
  }
}

/** The order has changed since: what a note said of a lost answer is settled. */
function overtaken(ids) {
  for (const id of ids ?? local.keys()) {
    if (noteOf(id)?.tone === 'trouble' && !isBusy(id)) dismiss(id);
  }
}

everySecond(tick);
onCards(overtaken);
