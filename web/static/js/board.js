/** The board: orders as they stand, moved on by a press. Everything else is in the modules. */
import { start } from 'heard/app';
import { arranging } from 'heard/arrange';
import { acting, action } from 'heard/acts';
import { around } from 'heard/around';
import { cards, count, put, replace } from 'heard/cards';
import { everySecond } from 'heard/clock';
import { beside } from 'heard/beside';
import { choose, customerOf, filter, learnWords } from 'heard/filter';
import { holding } from 'heard/hold';
import { keys } from 'heard/keys';
import { watch } from 'heard/lamp';
import { picking } from 'heard/picks';
import { menuOpen } from 'heard/menu';
import { lasting } from 'heard/offline';
import { onMoves } from 'heard/moves';
import { page, words } from 'heard/page';
import { placeChanged, reload, wayOut } from 'heard/place';
import { presses } from 'heard/press';
import { takes } from 'heard/queue';
import 'heard/flagging';
import { whole } from 'heard/flagged';
import 'heard/scan';
import 'heard/remark';
import { relook } from 'heard/scene';
import { mark, searching } from 'heard/search';
import { saySoon, sayNow } from 'heard/speech';
import { follow } from 'heard/stream';
import { keepSpot } from 'heard/spot';
import { turned } from 'heard/standing';
import { strip, summary } from 'heard/strip';
import { counted, say } from 'heard/words';
import 'heard/errands';

const $ = (id) => document.getElementById(id);
const list = $('orders');
let arrived = 0;

for (const card of page.orders) cards.set(card.id, card);
for (const [channel, counts] of Object.entries(page.counted)) count(counts, channel);

const held = holding($('moves'), () => menuOpen() || drawer.isOpen(), () => arranged.settleSoon());
const arranged = arranging({ main: list, older: $('older') }, held, tell);
const acts = acting({ open: (id) => drawer.open(id) });
const drawer = beside(arranged, acts);
const stripped = strip(show);
const search = searching(arranged.force);

const picks = picking(arranged);
action('customer', (id) => stripped.ask({ customer: customerOf(cards.get(id)) }));
presses($('moves'), acts.press);

const ended = (code) => reload(code, held);
const streams = Object.entries(page.positions).map(([channel, position]) => {
  const stream = follow(channel, position, {
    subscribed: ({ rights }) => relook({ rights: new Set(rights) }),
    snapshot: (orders, counts, other) => replace(orders, counts, other, channel),
    event: (event) => apply(event, channel, stream.renew),
    ended,
  });
  return stream;
});
const [stream] = streams;
const ring = around(start(stream.retryAt));
whole(page.places ?? [page.location]);

function apply(event, channel, renew) {
  count(event.counts, channel);
  if (event.location) return placeChanged(event.location, renew);
  if (!put(event.order)) arranged.settleSoon();
  if (event.event === 'order.placed') hear();
}

/** New orders are told in one sentence, however many they are. */
function hear() {
  arrived += 1;
  saySoon(() => {
    const words = `${counted('speech.new', arrived)}. ${summary().open}.`;
    arrived = 0;
    return words;
  });
}

/** The list has settled: what stands around it follows. */
function tell(news) {
  ring.tell(news);
  mark([list, $('older')]);
  picks.follow();
  drawer.paint();
}

/** The person asked for another list: at once, from its top. */
function show(another = false) {
  if (another) search.again();
  arranged.force(true);
  scrollTo({ top: 0 });
}

/** Let in what waits, and go to the first that is new. */
function letIn() {
  const before = new Set(arranged.rows.keys());
  arranged.force();
  requestAnimationFrame(() => {
    const fresh = arranged.rows.keys().find((id) => !before.has(id));
    const row = fresh && arranged.reveal(fresh);
    row?.scrollIntoView({ block: 'center' });
    row?.querySelector('.row__who').focus();
  });
}

$('waiting').addEventListener('click', letIn);
$('clear').addEventListener('click', (event) => {
  event.preventDefault();
  choose({ stage: 'all', customer: '' });
  search.clear();
  stripped.draw();
});
$('banner').addEventListener('click', ({ target }) => {
  if (target.closest('[data-js="again"]')) wayOut(stream.wake);
});

keys(list, {
  ...acts.keys,
  search: () => search.field.select(),
  help: () => $('keys').showModal(),
  waiting: letIn,
  neighbour: drawer.neighbour,
  escape: (event) => {
    if (document.activeElement === search.field && filter.q) return search.clear();
    if (document.querySelector('dialog[open], :popover-open')) return;
    if (!picks.close()) drawer.close(event);
  },
});

onMoves((id, news) => {
  const code = cards.get(id)?.code;
  if (news && code) sayNow(say(`speech.${news.said}`, { code, ...news }));
});

watch((verdict, changed) => {
  const allowed = takes();
  const inside = document.activeElement.closest('#moves .row');
  if (inside && !allowed && !$('moves').disabled) {
    inside.querySelector('.row__who').focus();
  }
  $('moves').disabled = !allowed;
  list.toggleAttribute('data-stale', ['stale', 'ended'].includes(verdict.state));
  drawer.allow();
  if (changed) ring.tick();
  if (changed && verdict.state === 'stale') sayNow(words.speech.stale, true);
});

everySecond(() => {
  arranged.age();
  ring.tick();
  if (turned()) arranged.settleSoon();
  drawer.paint();
});

drawer.restore();
arranged.force();
keepSpot(arranged);
lasting(Object.keys(page.positions).map((channel, n) => [channel, streams[n]]), held);
(window.requestIdleCallback ?? setTimeout)(() => {
  learnWords();
  // so that they open at once; what does not come now is asked for again when it is wanted
  Promise.allSettled([import('heard/drawer'), import('heard/ask'), import('heard/flag')]);
});
