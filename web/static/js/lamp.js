/** How far the page may be trusted. It never says Live when the list may be over 15 s behind. */
import { everySecond, now, since, stamp } from 'heard/clock';

export const FRESH = 8_000; // all that was sent until so long ago has come, and
export const FRESH_DATABASE = 3_000; // a look at the database not older than this, is Live
export const STALE = 10_000;
export const GAP = 2_000;
const GRACE = 5_000; // a lost socket may come back unnoticed within this

const facts = {
  good: null, // the last moment the list was known to be true
  upTo: null, // all that was sent until this moment has come
  databaseAge: 0,
  behind: true, // of where the channel stood when the page (re)connected
  gapAt: null,
  closedAt: null,
  polling: false,
  ended: 0,
  loadedAt: stamp(),
};
const watchers = new Set();
let said = null;

/** Call this each time the lamp's state or age may have changed. */
export function watch(watcher) {
  watchers.add(watcher);
  watcher(judge());
}

/** Something has been learned about the connection. */
export function learn(news) {
  Object.assign(facts, news);
  if (facts.upTo && trusted()) facts.good = facts.upTo;
  if (news.closedAt) setTimeout(tell, GRACE + 1); // not a second later
  tell();
}

/** The state, and since when: `age` is how old the list may be, in milliseconds. */
export function judge() {
  const age = since(facts.good ?? facts.loadedAt);
  return { state: state(age), age, since: now() - age, code: facts.ended };
}

/** Whether orders may be moved: there is somebody to move them at. */
export function connected() {
  return ['live', 'slow', 'polling', 'catching'].includes(judge().state) && facts.good !== null;
}

function state(age) {
  if (facts.ended) return 'ended';
  if (age > STALE || facts.databaseAge > STALE) return 'stale';
  if (!facts.good) return 'starting';
  if (facts.polling) return 'polling';
  if (facts.closedAt) return since(facts.closedAt) > GRACE ? 'stale' : 'catching';
  if (facts.behind || gapped()) return 'catching';
  return age > FRESH || facts.databaseAge > FRESH_DATABASE ? 'slow' : 'live';
}

const gapped = () => facts.gapAt && since(facts.gapAt) > GAP;
const trusted = () =>
  facts.databaseAge <= FRESH_DATABASE && !facts.behind && !gapped() && !facts.ended;

function tell() {
  const verdict = judge();
  for (const watcher of watchers) watcher(verdict, verdict.state !== said);
  said = verdict.state;
}

everySecond(tell);
