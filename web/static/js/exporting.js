/** The export: read piece by piece with its progress in sight, then saved as one whole file. */
import { page, words } from 'heard/page';
import { put } from 'heard/words';

const said = words.settings;
const QUOTE = 34;
const RETURN = 13;

const form = document.getElementById('export');
const part = (name) => form.querySelector(`[data-js="${name}"]`);
let stopping = null;

export function exporting() {
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!stopping) run();
  });
  form && part('stop').addEventListener('click', () => stopping?.abort());
}

async function run() {
  stopping = new AbortController();
  busy(true);
  const rows = counter();
  let all = 0;
  try {
    const answer = await fetch(`${form.action}?${query()}`, { signal: stopping.signal });
    if (!answer.ok) return tell((await answer.json()).detail);
    all = Number(answer.headers.get('Export-Rows'));
    const pieces = [];
    for await (const piece of piecesOf(answer.body)) {
      pieces.push(piece);
      progress(rows(piece), all);
    }
    if (rows() < all) return tell(put(said.broken, { rows: rows(), all }));
    tell(put(said.exported, { rows: rows(), name: keep(pieces, answer) }));
  } catch (error) {
    const words = error.name === 'AbortError' ? said.stopped : said.broken;
    tell(put(words, { rows: rows(), all: all || '?' }));
  } finally {
    stopping = null;
    busy(false);
  }
}

async function* piecesOf(stream) {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

/** How many rows have come, the heading left out; ends of lines inside quotes are none. */
function counter() {
  let quoted = false;
  let lines = 0;
  return (piece = []) => {
    for (const byte of piece) {
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === RETURN && !quoted) lines += 1;
    }
    return Math.max(lines - 1, 0);
  };
}

function query() {
  const asked = new URLSearchParams();
  const { location: place, from, until } = form.elements;
  if (place.value) asked.set('location', place.value);
  if (from.value) asked.set('placed_after', midnight(from.value, -1));
  if (until.value) asked.set('placed_before', midnight(until.value, 0, 1));
  return asked;
}

/** The beginning of a day in the page's time zone, some days on; and some milliseconds. */
function midnight(date, milliseconds = 0, days = 0) {
  const wanted = Date.parse(`${date}T00:00:00Z`) + days * 86_400_000;
  let at = wanted;
  for (let tries = 0; tries < 2; tries += 1) at += wanted - wall(at);
  return new Date(at + milliseconds).toISOString();
}

/** What the clock there shows at a moment, as if it were UTC. */
function wall(at) {
  const parts = Object.fromEntries(there.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const there = new Intl.DateTimeFormat('en-GB', {
  timeZone: page.location.timezone, hourCycle: 'h23', year: 'numeric', month: 'numeric',
  day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
});

function keep(pieces, answer) {
  const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition')) ?? [];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(pieces, { type: 'text/csv' }));
  link.download = name ?? 'orders.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}

function progress(rows, all) {
  part('bar').value = all ? rows / all : 0;
  tell(put(said.exporting, { rows, all }));
}

function busy(now) {
  part('go').disabled = now;
  part('stop').hidden = !now;
  part('exporting').hidden = !now;
  part('bar').value = 0;
}

const tell = (text) => (part('told').textContent = text);
