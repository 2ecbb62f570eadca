/** Which orders are listed, in which sequence. The address of the page is its state. */
import { cards, isOpen } from 'heard/cards';
import { shown } from 'heard/moves';
import { page } from 'heard/page';

const PHONE_DIGITS = 4;
const folded = new WeakMap();
const placed = new WeakMap();

export const filter = read();

/** What the address asks for. */
export function read() {
  const asked = new URLSearchParams(location.search);
  return {
    stage: asked.get('stage') || 'open',
    q: asked.get('q') ?? '',
    sort: asked.get('sort') === '-placed_at' ? '-placed_at' : 'placed_at',
  };
}

/** Narrow the list otherwise, and say so in the address. */
export function choose(change) {
  Object.assign(filter, change);
  const address = new URL(location);
  const defaults = { stage: 'open', q: '', sort: 'placed_at' };
  address.searchParams.set('location', page.location.id);
  for (const [name, usual] of Object.entries(defaults)) {
    if (filter[name] === usual) address.searchParams.delete(name);
    else address.searchParams.set(name, filter[name]);
  }
  history.replaceState(history.state, '', address);
}

/** The ids that the list shows, in sequence. */
export function wanted() {
  const asked = question(filter.q);
  return inSequence([...cards.keys()].filter((id) => listed(shown(id)) && matches(id, asked)));
}

/** What a search finds outside the chosen stage. */
export function elsewhere() {
  if (!filter.q.trim()) return [];
  const asked = question(filter.q);
  return inSequence([...cards.keys()].filter((id) => !listed(shown(id)) && matches(id, asked)));
}

export function inSequence(ids) {
  const way = filter.sort === 'placed_at' ? 1 : -1;
  const at = new Map(ids.map((id) => [id, placedAt(cards.get(id))]));
  return ids.sort((a, b) => way * (at.get(a) - at.get(b) || (a < b ? -1 : 1)));
}

function placedAt(card) {
  if (!placed.has(card)) placed.set(card, Date.parse(card.placed_at));
  return placed.get(card);
}

/** Text as it is compared: lower case, without accents. */
export function fold(text) {
  return text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
}

/** The words that are looked for. */
export function question(text) {
  const digits = text.replace(/\D/g, '');
  const number = digits.length >= PHONE_DIGITS && !/\p{L}/u.test(text);
  return { words: fold(text).match(/[\p{L}\p{N}_]+/gu) ?? [], digits: number ? digits : '' };
}

function listed(card) {
  if (filter.stage === 'all') return true;
  return filter.stage === 'open' ? isOpen(card) : card.stage === filter.stage;
}

/** Every word asked for starts a word of the order; or the telephone number ends so. */
function matches(id, { words, digits }) {
  if (!words.length && !digits) return true;
  const known = keywords(cards.get(id));
  if (digits && known.phone.endsWith(digits)) return true;
  return words.every((word) => known.words.some((told) => told.startsWith(word)));
}

/** Learn the words of all cards while nobody waits, for the first key in the search box. */
export function learnWords() {
  for (const card of cards.values()) keywords(card);
}

function keywords(card) {
  if (!folded.has(card)) {
    const { name, email, phone } = card.customer;
    const told = [card.code, name, email, card.destination].filter(Boolean).join(' ');
    folded.set(card, { ...question(told), phone: (phone ?? '').replace(/\D/g, '') });
  }
  return folded.get(card);
}
