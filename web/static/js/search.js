/** The search box: this page's orders with every key, the server's older ones a moment later. */
import { get } from 'heard/api';
import { cards, found, put } from 'heard/cards';
import { choose, filter, narrow, question } from 'heard/filter';
import { page } from 'heard/page';

const PAUSE = 250;
const FOUND = 50;
const MARKED = 60; // rows; nobody reads further, but types on

/** Follow the box; `force` shows what was found. */
export function searching(force) {
  const form = document.getElementById('search');
  const field = form.elements.q;
  let timer = 0;
  let asking = null;

  function look() {
    choose({ q: field.value });
    again();
    force(true);
  }

  /** Ask the server for what this page does not hold. */
  function again() {
    forget();
    clearTimeout(timer);
    asking?.abort();
    const { words, digits } = question(filter.q);
    if (words.length || digits || filter.customer) timer = setTimeout(ask, PAUSE);
  }

  async function ask() {
    asking = new AbortController();
    const { signal } = asking;
    const asked = new URLSearchParams({ limit: FOUND });
    if (!page.places) asked.set('location', page.location.id);
    if (filter.q.trim()) asked.set('q', filter.q.trim());
    if (filter.customer) asked.set('customer', filter.customer);
    const answer = await get(`/orders?${asked}`, signal).catch(() => null);
    if (answer?.status !== 200 || signal.aborted) return;
    for (const card of answer.body.orders) {
      if (!cards.has(card.id)) found.add(card.id);
      put(card);
    }
    force();
  }

  /** What only a search brought is not the board's. */
  function forget() {
    for (const id of found) cards.delete(id);
    found.clear();
  }

  function clear() {
    field.value = '';
    look();
  }

  field.addEventListener('input', look);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    look();
  });
  if (field.value !== filter.q) field.value = filter.q;
  if (narrow()) again();
  return { field, clear, again };
}

/** Mark what was looked for, without touching the rows. */
export function mark(lists) {
  if (!CSS.highlights) return;
  CSS.highlights.delete('found');
  const { words } = question(filter.q);
  if (!words.length) return;
  const rows = lists.flatMap((list) => [...list.children].slice(0, MARKED));
  const places = rows.flatMap((row) => [...row.querySelectorAll(PLACES)]);
  const starts = words.map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}`, 'u'));
  const ranges = places.flatMap(within(words, starts));
  if (ranges.length) CSS.highlights.set('found', new Highlight(...ranges));
}

const PLACES = '.row__code, .row__name, .row__place';

const within = (words, starts) => (node) => {
  const text = node.firstChild;
  const said = text?.data?.toLowerCase() ?? '';
  return words.flatMap((word, i) => {
    const at = said.search(starts[i]);
    if (at < 0) return [];
    const range = new Range();
    range.setStart(text, at);
    range.setEnd(text, at + word.length);
    return [range];
  });
};
