/** The resolution screen: what is flagged at all locations, oldest first, and what was resolved. */
import { acting, action } from 'heard/acts';
import { get } from 'heard/api';
import { checked, start } from 'heard/app';
import { cards, onCards, put } from 'heard/cards';
import { closedCase, flaggedAt, openCase, settled } from 'heard/cases';
import { everySecond } from 'heard/clock';
import { sheet } from 'heard/drawer';
import { attr, blank, fill, named, text } from 'heard/fill';
import 'heard/flagging';
import { whole } from 'heard/flagged';
import { keys, shortcut } from 'heard/keys';
import { watch } from 'heard/lamp';
import { menuOpen } from 'heard/menu';
import { noteOf, onMoves, shown } from 'heard/moves';
import { annotate } from 'heard/notes';
import { page, words } from 'heard/page';
import { reload, wayOut } from 'heard/place';
import { keyOf, presses, rowsMoved } from 'heard/press';
import 'heard/scan';
import { relook, scene } from 'heard/scene';
import { resolve } from 'heard/settle';
import { sayNow } from 'heard/speech';
import { follow } from 'heard/stream';
import { say } from 'heard/words';

const RESOLVED_SHOWN = 50;
const FOLLOWED = 90; // locations; the server takes a hundred messages at once
const LOOK_EVERY = 15_000;
const WIDE = matchMedia('(min-width: 75rem)');
const $ = (id) => document.getElementById(id);
const printed = [...document.querySelectorAll('.rows > .row')];
const rows = new Map(printed.map((row) => [keyOf(row), row]));
const day = $('day') ?? blank('tpl-day');

for (const card of page.orders) cards.set(card.id, card);
const acts = acting({ open });
const drawer = sheet($('drawer'), acts.press);
const live = page.places.slice(0, FOLLOWED);
const others = new Set(page.places.slice(FOLLOWED).map(({ id }) => id));
const streams = live.map(({ channel }) => followed(channel));
start(streams[0].retryAt);
whole(live);
if (others.size) setInterval(look, LOOK_EVERY);

function followed(channel) {
  return follow(channel, page.positions[channel], {
    subscribed: ({ rights }) => relook({ rights: new Set(rights) }),
    snapshot: (orders, _, other) => renewed(channel, orders, other),
    event: ({ order }) => order && news(order),
    ended: (code) => reload(code, () => false),
  });
}

/** What is flagged at the locations beyond those that are followed. */
async function look() {
  const { status, body } = await get('/issues?limit=200');
  if (status !== 200) return;
  for (const { order } of body.issues) news(order);
  const held = new Set(body.issues.map(({ order }) => order.id));
  for (const { id, location: at, flagged } of [...cards.values()]) {
    if (!flagged || held.has(id) || !others.has(at)) continue;
    const answer = await get(`/orders/${id}`);
    if (answer.status === 200) put(answer.body);
  }
}

/** Only what is flagged, or was, is of interest here. */
function news(order) {
  if (order.flagged || cards.has(order.id)) put(order);
}

function renewed(channel, orders, other) {
  const mine = [...cards.values()].filter(({ location }) => channel === `location:${location}`);
  const held = new Set(orders.map(({ id }) => id));
  for (const { id, flagged } of mine) if (other || (flagged && !held.has(id))) cards.delete(id);
  orders.forEach(news);
  paint();
}

const waiting = () => sorted(({ flagged }) => flagged, flaggedAt);
const closed = () =>
  sorted((card) => !card.flagged && settled(card), (card) => -Date.parse(settled(card).settled_at));

function sorted(wanted, by) {
  const some = [...cards.keys()].map(shown).filter(wanted);
  return some.sort((a, b) => by(a) - by(b) || (a.id < b.id ? -1 : 1));
}

/** Draw both lists, and the line of 24 hours where it falls. */
function paint() {
  const cases = waiting().map((card) => openCase(card, scene()));
  const ended = closed().slice(0, RESOLVED_SHOWN).map((card) => closedCase(card, scene()));
  for (const id of rows.keys()) if (!cards.has(id)) rows.delete(id);
  const old = cases.filter(({ level }) => level === 'late').length;
  arrange($('cases'), cases, old);
  arrange($('closed'), ended);
  $('none').hidden = cases.length > 0;
  text($('none-checked'), checked());
  $('closed-none').hidden = ended.length > 0;
  if (drawer.showing()) drawer.paint();
}

function arrange(list, views, old = 0) {
  const wanted = views.map(drawn);
  if (old) wanted.splice(old, 0, day);
  const same = wanted.every((node, i) => node === list.children[i]);
  if (same && wanted.length === list.children.length) return;
  const at = document.activeElement;
  list.replaceChildren(...wanted);
  if (list.contains(at)) at.focus({ preventScroll: true });
  rowsMoved();
}

function drawn(v) {
  const row = rows.get(v.key) ?? blank('tpl-row');
  rows.set(v.key, row);
  named(row, v);
  fill(row, v);
  annotate(row, v.key, noteOf(v.key));
  row.toggleAttribute('data-open', v.key === drawer.showing());
  return row;
}

/** Beside the list where there is room; else an order has a page of its own. */
function open(id) {
  const card = cards.get(id);
  if (!card) return;
  if (!WIDE.matches) return void location.assign(card.href);
  $('drawer').hidden = false;
  $('choose').hidden = true;
  drawer.show(id);
  const here = new URL(location);
  here.searchParams.set('order', card.code);
  history.replaceState(history.state, '', here);
  paint();
  drawer.head().focus();
}

function restore() {
  const code = new URLSearchParams(location.search).get('order');
  const card = [...cards.values()].find((known) => known.code === code);
  if (card && WIDE.matches) open(card.id);
}

$('main').addEventListener('click', (event) => {
  const link = event.target.closest('.row__who');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !WIDE.matches) return;
  event.preventDefault();
  open(keyOf(link));
});
presses($('main'), acts.press);

/** The oldest issue of the order in focus. */
function settle(id) {
  const card = cards.get(id);
  if (card?.flagged) resolve(id, openCase(card, scene()).to);
}

/** Everything this customer has ordered here. */
function ofCustomer(id) {
  const { location: at, customer } = cards.get(id);
  location.assign(`/board?${new URLSearchParams({ location: at, customer: customer.name })}`);
}

action('customer', ofCustomer);
shortcut('r', settle, { row: true });
const nothing = () => undefined;
keys($('cases'), {
  ...acts.keys,
  search: nothing,
  waiting: nothing,
  neighbour: nothing,
  help: () => $('keys').showModal(),
  escape: () => menuOpen() || rows.get(drawer.showing())?.querySelector('.row__who').focus(),
});

onCards(paint);
onMoves((id, said) => {
  paint();
  if (said) sayNow(say(`speech.${said.said}`, { code: cards.get(id)?.code, ...said }));
});
watch((verdict, changed) => {
  drawer.allow();
  attr($('main'), 'data-state', verdict.state);
  if (changed && verdict.state === 'stale') sayNow(words.speech.stale, true);
});
everySecond(paint);
$('banner').addEventListener('click', ({ target }) => {
  if (target.closest('[data-js="again"]')) wayOut(streams[0].wake);
});
paint();
restore();
