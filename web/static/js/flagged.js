/** "4 flagged, oldest 19 h": in the header of everybody concerned, wherever they are. */
import { get } from 'heard/api';
import { cards, onCards } from 'heard/cards';
import { everySecond, now } from 'heard/clock';
import { text, toggle } from 'heard/fill';
import { isOpen } from 'heard/flags';
import { page, words } from 'heard/page';
import { put, say } from 'heard/words';

const EVERY = 60_000;
const HOUR = 3_600_000;

const link = document.getElementById('flagged');
const known = new Map(); // location → how many are flagged there, and since when the oldest is
let own = []; // locations of which this page has every flagged order
let askedAt = now();

/** Of these locations the page holds every flagged order: its own cards are the newest word. */
export function whole(places) {
  own = places.map(({ id }) => id);
  tell();
}

function tick() {
  if (now() - askedAt > EVERY) ask();
  else if (now() % EVERY < 1_000) tell();
}

async function ask() {
  askedAt = now();
  const { status, body } = await get('/issues/count');
  if (status === 200) learn(body.locations);
}

function learn(locations) {
  known.clear();
  for (const { location, flagged, oldest_at: at } of locations) {
    known.set(location, { flagged, oldest: Date.parse(at) });
  }
  tell();
}

function tell() {
  if (!link) return;
  const figures = new Map([...known].filter(([location]) => !own.includes(location)));
  for (const card of own.length ? cards.values() : []) {
    if (card.flagged && own.includes(card.location)) add(figures, card);
  }
  const { count, rest } = inWords([...figures.values()]);
  text(link.querySelector('[data-js="count"]'), count);
  text(link.querySelector('[data-js="rest"]'), rest);
  toggle(link, !count);
}

function add(figures, { location, issues }) {
  const opened = issues.filter(isOpen).map(({ opened_at: at }) => Date.parse(at));
  const { flagged, oldest } = figures.get(location) ?? { flagged: 0, oldest: Infinity };
  figures.set(location, { flagged: flagged + 1, oldest: Math.min(oldest, ...opened) });
}

/** The page's half of `standing` in server/routes/flags.py. */
function inWords(figures) {
  const count = figures.reduce((sum, { flagged }) => sum + flagged, 0);
  if (!count) return { count: '', rest: '' };
  const age = lasting(now() - Math.min(...figures.map(({ oldest }) => oldest)));
  const rest = put(words.standing.oldest[count === 1 ? 0 : 1], { age });
  return { count: String(count), rest };
}

function lasting(milliseconds) {
  const hours = Math.floor(Math.max(milliseconds, 0) / HOUR);
  if (hours >= 48) return say('standing.days', { days: Math.floor(hours / 24) });
  if (hours) return say('standing.hours', { hours });
  return say('standing.minutes', { minutes: Math.max(Math.floor(milliseconds / 60_000), 1) });
}

if (link) {
  learn(page.flagged ?? []);
  onCards(tell);
  everySecond(tick);
}
