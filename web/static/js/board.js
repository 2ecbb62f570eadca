/** The board: orders as they stand, moved on by a press. Everything else is in the modules. */
import { checked, start } from 'heard/app';
import { arranging } from 'heard/arrange';
import { acting } from 'heard/acts';
import { board, cards, count, put, replace } from 'heard/cards';
import { everySecond } from 'heard/clock';
import { beside } from 'heard/beside';
import { choose, filter, learnWords } from 'heard/filter';
import { holding } from 'heard/hold';
import { keys } from 'heard/keys';
import { connected, watch } from 'heard/lamp';
import { menuOpen } from 'heard/menu';
import { onMoves } from 'heard/moves';
import { page, words } from 'heard/page';
import { placeChanged, reload, wayOut } from 'heard/place';
import { presses } from 'heard/press';
import { relook } from 'heard/scene';
import { mark, searching } from 'heard/search';
import { saySoon, sayNow } from 'heard/speech';
import { follow } from 'heard/stream';
import { cutOff, strip, summary, tallies } from 'heard/strip';
import { counted, say } from 'heard/words';

const $ = (id) => document.getElementById(id);
const list = $('orders');
let arrived = 0;

for (const card of page.orders) cards.set(card.id, card);
count(page.counts);

const held = holding(list, () => menuOpen() || drawer.isOpen(), () => arranged.settleSoon());
const arranged = arranging(list, $('older'), held, tell);
const acts = acting({ open: (id) => drawer.open(id) });
const drawer = beside(arranged, acts);
const stripped = strip(show);
const search = searching(arranged.force);

presses(list, acts.press);
presses($('older'), acts.press);

const stream = follow(page.location.channel, page.position, {
  subscribed: ({ rights }) => relook({ rights: new Set(rights) }),
  snapshot: (orders, counts, other) => replace(orders, counts, other),
  event: apply,
  ended: (code) => reload(code, held),
});
const store = start(stream.retryAt);

function apply(event) {
  count(event.counts);
  if (event.location) return placeChanged(event.location, stream.renew);
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

/** What stands around the list, after the list. */
function tell({ ids, waiting, older }) {
  $('elsewhere').hidden = !older;
  $('foot').hidden = !cutOff();
  const narrowed = filter.stage !== 'open' || filter.q !== '';
  renew({
    counts: tallies(),
    ...summary(),
    waiting: inWords(waiting),
    empty: ids.length ? '' : nothing(narrowed),
    filtered: narrowed,
    checked: checked(),
  });
  mark([list, $('older')]);
  drawer.paint();
}

/** Tell Alpine only what is news: each change has it look at the header again. */
function renew(news) {
  const { counts, ...plain } = news;
  for (const [name, value] of Object.entries(plain)) {
    if (store[name] !== value) store[name] = value;
  }
  for (const [stage, number] of Object.entries(counts ?? {})) {
    if (store.counts[stage] !== number) store.counts[stage] = number;
  }
}

function nothing(narrowed) {
  if (narrowed) return words.empty.filter;
  return Object.keys(board.counts).length ? words.empty.done : words.empty.none;
}

function inWords({ fresh, left }) {
  const parts = { new: counted('pill.new', fresh), left: counted('pill.left', left) };
  if (fresh && left) return say('pill.both', parts);
  return fresh ? parts.new : left ? parts.left : '';
}

/** The person asked for another list: at once, from its top. */
function show() {
  arranged.force();
  scrollTo({ top: 0 });
}

/** Let in what waits, and go to the first that is new. */
function letIn() {
  const before = new Set(arranged.rows.keys());
  arranged.force();
  requestAnimationFrame(() => {
    const fresh = arranged.rows.keys().find((id) => !before.has(id));
    const row = arranged.rows.get(fresh);
    row?.scrollIntoView({ block: 'center' });
    row?.querySelector('.row__who').focus();
  });
}

$('waiting').addEventListener('click', letIn);
$('clear').addEventListener('click', (event) => {
  event.preventDefault();
  choose({ stage: 'open' });
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
    if (!document.querySelector('dialog[open], :popover-open')) drawer.close(event);
  },
});

onMoves((id, news) => {
  const code = cards.get(id)?.code;
  if (news && code) sayNow(say(`speech.${news.said}`, { code, ...news }));
});

watch((verdict, changed) => {
  const allowed = connected();
  const inside = list.contains(document.activeElement);
  if (inside && !allowed && !$('moves').disabled) {
    document.activeElement.closest('.row').querySelector('.row__who').focus();
  }
  $('moves').disabled = !allowed;
  list.toggleAttribute('data-stale', ['stale', 'ended'].includes(verdict.state));
  drawer.allow(allowed);
  if (changed && verdict.state === 'stale') sayNow(words.speech.stale, true);
});

everySecond(() => {
  arranged.rows.age();
  arranged.beyond.age();
  renew({ ...summary(), checked: checked() });
  drawer.paint();
});

drawer.restore();
arranged.force();
(window.requestIdleCallback ?? setTimeout)(learnWords);
