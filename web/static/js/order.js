/** The page of one order: the drawer's contents, live, with the moves. */
import { acting } from 'heard/acts';
import { start } from 'heard/app';
import { cards, put, replace } from 'heard/cards';
import { everySecond } from 'heard/clock';
import { sheet } from 'heard/drawer';
import { keys } from 'heard/keys';
import { watch } from 'heard/lamp';
import { onMoves } from 'heard/moves';
import { page, words } from 'heard/page';
import 'heard/errands';
import 'heard/flagging';
import 'heard/scan';
import 'heard/remark';
import { placeChanged, reload, wayOut } from 'heard/place';
import { relook } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { follow } from 'heard/stream';
import { say } from 'heard/words';

const { id } = page.order;
const $ = (name) => document.getElementById(name);
const acts = acting({});
cards.set(id, page.order);
const shown = sheet($('main'), acts.press);

const stream = follow(page.location.channel, page.position, {
  subscribed: ({ rights }) => relook({ rights: new Set(rights) }),
  snapshot: (orders, _, other) => replace(kept(orders), null, other),
  event: ({ order, location }) => {
    if (location) placeChanged(location, () => undefined);
    else if (order.id === id && !order.gone) put(order);
    shown.paint();
  },
  ended: (code) => reload(code, () => false),
});
start(stream.retryAt);

/** A snapshot holds what the board holds; an order that ended long ago is not in it. */
function kept(orders) {
  const mine = orders.find((order) => order.id === id);
  return [mine ?? cards.get(id)];
}

watch((verdict, changed) => {
  shown.allow();
  if (changed && verdict.state === 'stale') sayNow(words.speech.stale, true);
});
onMoves((moved, news) => {
  shown.paint();
  if (news) sayNow(say(`speech.${news.said}`, { code: cards.get(moved).code, ...news }));
});
everySecond(shown.paint);
$('banner').addEventListener('click', ({ target }) => {
  if (target.closest('[data-js="again"]')) wayOut(stream.wake);
});
const nothing = () => undefined;
keys($('main'), {
  ...acts.keys,
  search: nothing,
  waiting: nothing,
  neighbour: nothing,
  help: () => $('keys').showModal(),
  escape: nothing,
});
shown.paint();
