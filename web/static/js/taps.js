/** The taps that wait to be sent and those that were refused; every page of a person has the same. */
import { page } from 'heard/page';
import { allTaps, claim } from 'heard/store';

export const taps = {
  list: [], // in the order in which they were made
  durable: true, // whether this device can keep them
  held: '', // why nothing is sent: signed_out, or renewed (the page has to be loaded again)
};
const flying = new Set(); // keys of those that this page is sending
const listeners = new Set();
const answered = new Set();
const NONE = [];
let indexed = null; // order → its taps
const pages = new BroadcastChannel('heard');

/** Call this with an order's id, or null for all, when what waits for it has changed. */
export function onTaps(listener) {
  listeners.add(listener);
}

/** Call this with each tap that has been answered, and its answer. */
export function onAnswer(listener) {
  answered.add(listener);
}

export const isFlying = (tap) => flying.has(tap.key);
export const waitingFor = (order) => of(order).filter((tap) => !tap.refusal);
export const refusedFor = (order) => of(order).filter((tap) => tap.refusal);

export function add(tap) {
  taps.list.push(tap);
  pages.postMessage({ added: tap });
  tell(tap.order);
}

/** A tap is on its way, or not any more. */
export function fly(tap, is) {
  if (is) flying.add(tap.key);
  else flying.delete(tap.key);
  tell(tap.order);
}

/** A tap has been answered, here or by another page. */
export function conclude(key, refusal, answer) {
  pages.postMessage({ concluded: [key, refusal, answer] });
  concluded(key, refusal, answer);
}

export function remove(keys) {
  pages.postMessage({ removed: keys });
  removed(keys);
}

export function clear() {
  pages.postMessage({ cleared: true });
  cleared();
}

/** Something about all of them has changed. */
export function note(news) {
  Object.assign(taps, news);
  tell(null);
}

/** Storage is full, or this browser keeps nothing: taps need a connection from now on. */
export const unwritten = () => taps.durable && note({ durable: false });

/** What earlier pages of this person left behind; what other people left is gone after this. */
export const recalled = recall();

async function recall() {
  if (!page.person) return;
  try {
    if (await claim(page.person)) pages.postMessage({ cleared: true });
    const mine = (await allTaps()).filter(({ person }) => person === page.person);
    note({ list: [...mine, ...taps.list.filter(({ key }) => !has(mine, key))] });
  } catch {
    unwritten();
  }
}

/** Asked for every row at every turn, so the list is sorted by order once. */
function of(order) {
  if (!indexed) {
    indexed = new Map();
    for (const tap of taps.list) {
      if (indexed.has(tap.order)) indexed.get(tap.order).push(tap);
      else indexed.set(tap.order, [tap]);
    }
  }
  return indexed.get(order) ?? NONE;
}

const has = (list, key) => list.some((tap) => tap.key === key);

function added(tap) {
  if (tap.person !== page.person || has(taps.list, tap.key)) return;
  taps.list.push(tap);
  tell(tap.order);
}

function concluded(key, refusal, answer) {
  const tap = taps.list.find((known) => known.key === key);
  if (!tap) return;
  if (refusal) tap.refusal = refusal;
  else taps.list = taps.list.filter((known) => known !== tap);
  for (const listener of answered) listener(tap, answer);
  tell(tap.order);
}

function removed(keys) {
  const gone = taps.list.filter(({ key }) => keys.includes(key));
  taps.list = taps.list.filter((tap) => !gone.includes(tap));
  for (const { order } of gone) tell(order);
}

function cleared() {
  note({ list: [] });
}

function tell(order) {
  indexed = null;
  for (const listener of listeners) listener(order);
}

pages.onmessage = ({ data }) => {
  if (data.added) added(data.added);
  if (data.concluded) concluded(...data.concluded);
  if (data.removed) removed(data.removed);
  if (data.cleared) cleared();
};
