/** The orders this page knows, by id. The newest version wins, from wherever it comes. */

const ENDED_KEPT = 200;
const GONE_KEPT = 1000;

export const cards = new Map();
export const board = { counts: {} };
export const counted = new Map(); // channel → the counts of its stages
export const found = new Set(); // ids of cards that are here only because a search brought them
const gone = new Map(); // id → version at which it left this location
const listeners = new Set();

/** Call this with the ids that changed; null means that everything may have. */
export function onCards(listener) {
  listeners.add(listener);
}

/** A card has come: by an answer, an event or a search. True if it was news. */
export function put(card) {
  const had = cards.get(card.id);
  if ((had?.version ?? gone.get(card.id) ?? 0) >= card.version) return false;
  if (card.gone) forget(card);
  else cards.set(card.id, card);
  if (card.ended_at) prune();
  tell([card.id]);
  return true;
}

/** A whole snapshot of a channel. In another epoch even older versions are true. */
export function replace(orders, counts, otherEpoch, channel = '') {
  const before = new Map(cards);
  for (const [id, { location }] of before) {
    if (!channel || channel === `location:${location}`) cards.delete(id);
  }
  if (otherEpoch) gone.clear();
  for (const card of orders) {
    const had = otherEpoch ? null : before.get(card.id);
    cards.set(card.id, had && had.version > card.version ? had : card);
    found.delete(card.id);
  }
  for (const id of found) if (before.has(id)) cards.set(id, before.get(id));
  prune();
  count(counts, channel);
  tell(null);
}

/** The counts per stage have come; a board of several channels adds them up. */
export function count(counts, channel = '') {
  if (!counts) return;
  counted.set(channel, counts);
  const sum = {};
  for (const each of counted.values()) {
    for (const [stage, number] of Object.entries(each)) sum[stage] = (sum[stage] ?? 0) + number;
  }
  board.counts = sum;
}

/** Whether an order still needs somebody. */
export function isOpen(card) {
  return card.kind !== 'done' && card.kind !== 'void';
}

function forget({ id, version }) {
  cards.delete(id);
  gone.set(id, version);
  if (gone.size > GONE_KEPT) gone.delete(gone.keys().next().value);
}

/** Of what has ended only the last are kept, as the server does. */
function prune() {
  const ended = [...cards.values()].filter((card) => card.ended_at && !found.has(card.id));
  if (ended.length <= ENDED_KEPT) return;
  ended.sort((a, b) => Date.parse(b.ended_at) - Date.parse(a.ended_at) || (a.id < b.id ? 1 : -1));
  for (const { id, flagged } of ended.slice(ENDED_KEPT)) if (!flagged) cards.delete(id);
}

function tell(ids) {
  for (const listener of listeners) listener(ids);
}
