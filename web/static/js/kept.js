/** How this board last stood, kept on the device: loaded without a connection, it is shown as old. */
import { cards, counted, found, onCards } from 'heard/cards';
import { everySecond, now } from 'heard/clock';
import { judge } from 'heard/lamp';
import { meta, page } from 'heard/page';
import { unwritten } from 'heard/taps';
import { forgetBoards, of, transact } from 'heard/store';

const EVERY = 5_000;
const AT_LEAST = 30_000; // how old the list is has to be written, too
const BOARDS_KEPT = 4;
const name = String(page.location?.id ?? '');

let changed = null; // ids of the cards that are not written yet; null: all of them
let written = 0;
let place = '';
let watched = [];
let writing = null;

/** Keep the board that these streams follow, in the frame in which it came. */
export async function keep(frame, streams) {
  watched = streams;
  onCards((ids) => {
    if (!ids) changed = null;
    for (const id of ids ?? []) changed?.add(id);
  });
  everySecond(() => due() && write());
  addEventListener('pagehide', write);
  document.addEventListener('visibilitychange', () => document.hidden && write());
  try {
    await forgetBoards(visible(), BOARDS_KEPT);
    if (frame) await transact(['frames'], 'readwrite', ({ frames }) => frames.put(framed(frame)));
    await write();
  } catch {
    unwritten();
  }
}

function framed(html) {
  const { orders, positions, counted: counts, ...rest } = page;
  const { title, body, head, documentElement: { lang, dir } } = document;
  const metas = [...head.querySelectorAll('meta[name]')].map((one) => [one.name, one.content]);
  const linked = [...head.querySelectorAll('link[rel="stylesheet"]')];
  const sheets = linked.map((link) => [link.getAttribute('href'), link.media]);
  const frame = { html, title, lang, dir, look: body.className, metas, sheets };
  return { name, ...frame, build: meta('build'), page: rest };
}

function due() {
  const age = Date.now() - written;
  if (writing || age < EVERY || judge().state === 'ended') return false;
  return changed === null || changed.size > 0 || place !== where() || age > AT_LEAST;
}

/** Cards and position in one transaction: neither is ever ahead of the other. */
function write() {
  if (judge().state === 'ended') return;
  const ids = changed === null ? [...cards.keys()] : [...changed];
  const whole = changed === null;
  const board = standing();
  changed = new Set();
  written = Date.now();
  place = where();
  writing = transact(['boards', 'cards'], 'readwrite', ({ boards, cards: kept }) => {
    if (whole) kept.delete(of(name));
    for (const id of ids) {
      if (cards.has(id) && !found.has(id)) kept.put(cards.get(id), [name, id]);
      else if (!whole) kept.delete([name, id]);
    }
    boards.put(board);
  }).catch(unwritten).finally(() => (writing = null));
  return writing;
}

function standing() {
  const positions = Object.fromEntries(watched.map(([channel, { position }]) => [channel, { ...position }]));
  const good = Date.now() - judge().age;
  const skew = now() - Date.now();
  return { name, positions, counted: Object.fromEntries(counted), good, skew, at: Date.now() };
}

const where = () => watched.map(([, { position }]) => position.offset).join();

/** The boards that this person may look at, by the menu of locations. */
function visible() {
  const links = [...document.querySelectorAll('#places a')].map(({ href }) => new URL(href));
  return [name, ...links.map(({ searchParams }) => searchParams.get('location'))];
}
