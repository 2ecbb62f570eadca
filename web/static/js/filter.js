/** Which orders are listed, in which sequence. The address of the page is its state. */
import { cards, found, isOpen } from 'heard/cards';
import { now } from 'heard/clock';
import { shown, undoLeft } from 'heard/moves';
import { page } from 'heard/page';
import { needs } from 'heard/standing';
import { scheduled } from 'heard/view';

const PHONE_DIGITS = 4;
const ENDING = /^\d{4,}$/;
const USUAL = { stage: 'all', q: '', customer: '', sort: 'placed_at' };
const folded = new WeakMap();
const placed = new WeakMap();
const qualities = { needs, flagged: (card) => card.flagged, scheduled };

export const filter = read();

/** What the address asks for. */
export function read() {
  const asked = new URLSearchParams(location.search);
  const stage = asked.get('stage');
  return {
    stage: !stage || stage === 'open' ? USUAL.stage : stage,
    q: asked.get('q') ?? '',
    customer: asked.get('customer') ?? '',
    sort: asked.get('sort') === '-placed_at' ? '-placed_at' : 'placed_at',
  };
}

/** Narrow the list otherwise, and say so in the address. */
export function choose(change) {
  Object.assign(filter, change);
  const address = new URL(location);
  address.searchParams.set('location', page.location.id);
  address.searchParams.delete('rows');
  for (const [name, usual] of Object.entries(USUAL)) {
    if (filter[name] === usual) address.searchParams.delete(name);
    else address.searchParams.set(name, filter[name]);
  }
  history.replaceState(history.state, '', address);
}

/** Whether the list is less than everything. */
export const narrowed = () => filter.stage !== 'all' || narrow();

/** Whether a search or a customer narrows it: then nothing is folded away. */
export const narrow = () => filter.q.trim() !== '' || filter.customer !== '';

/**
 * The ids of the list, in groups and in sequence: what needs somebody, what goes on, what waits for
 * its time, what is over, and what is found beyond the chosen filter. `before` says which needed
 * somebody when they were last listed: what was just moved stays there while it can be undone.
 */
export function grouped(before) {
  const groups = { needs: [], rest: [], scheduled: [], ended: [], beyond: [] };
  const asked = question(filter.q);
  const at = now();
  for (const id of inSequence([...cards.keys()])) {
    if (found.has(id) || !matches(id, asked)) continue;
    const card = shown(id);
    if (!listed(card, at)) narrow() && groups.beyond.push(id);
    else groups[filter.stage === 'all' ? group(id, card, at, before) : 'rest'].push(id);
  }
  return groups;
}

function group(id, card, at, before) {
  if (undoLeft(id) ? before.has(id) : needs(card, at)) return 'needs';
  if (!isOpen(card)) return 'ended';
  return scheduled(card, at) ? 'scheduled' : 'rest';
}

function listed(card, at) {
  const { stage } = filter;
  if (stage === 'all') return true;
  if (qualities[stage]) return qualities[stage](card, at);
  return card.stage === stage && !scheduled(card, at);
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

/** What names a customer in the address: the e-mail address, or else the name. */
export const customerOf = ({ customer: { email, name } }) => email || name || '';

/** Every word asked for starts a word of the order; or the telephone number ends so. */
function matches(id, { words, digits }) {
  const card = cards.get(id);
  const { email, name } = card.customer;
  if (filter.customer && ![email, name].includes(filter.customer)) return false;
  if (!words.length && !digits) return true;
  const known = keywords(card);
  if (digits && endings(digits).some((end) => known.phone.endsWith(end))) return true;
  return words.every((word) => known.words.some((told) => told.startsWith(word)) || ends(known, word));
}

/** Whether a word of the search is the end of the telephone number. */
const ends = ({ phone }, word) => ENDING.test(word) && phone.endsWith(word);

/** How a number that is spelled so may end: at home it begins with a 0 that E.164 leaves out. */
const endings = (digits) =>
  digits.startsWith('0') && digits.length > 6 ? [digits, digits.replace(/^0+/, '')] : [digits];

/** Learn the words of all cards while nobody waits, for the first key in the search box. */
export function learnWords() {
  for (const card of cards.values()) keywords(card);
}

function keywords(card) {
  if (!folded.has(card)) {
    const { name, email, phone } = card.customer;
    const told = [card.code, card.id, name, email, card.destination].filter(Boolean).join(' ');
    folded.set(card, { ...question(told), phone: (phone ?? '').replace(/\D/g, '') });
  }
  return folded.get(card);
}
