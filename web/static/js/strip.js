/** The filter strip, the sequence, the customer's chip, and the figures beside them. */
import { board, cards, found, isOpen } from 'heard/cards';
import { now } from 'heard/clock';
import { choose, customerOf, filter, narrow } from 'heard/filter';
import { text } from 'heard/fill';
import { page, words } from 'heard/page';
import { isLate, needs } from 'heard/standing';
import { scheduled } from 'heard/view';
import { say } from 'heard/words';

const ENDED_SHOWN = 200;

/** Follow the strip, the sort button and the chip; `show` lists what they ask for. */
export function strip(show) {
  const bar = document.getElementById('strip');
  const sort = document.getElementById('sort');
  const chip = document.getElementById('chip');

  bar.addEventListener('click', (event) => {
    const item = event.target.closest('[data-stage]');
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask({ stage: item.dataset.stage });
  });
  sort.addEventListener('click', (event) => {
    event.preventDefault();
    ask({ sort: filter.sort === 'placed_at' ? '-placed_at' : 'placed_at' });
  });
  chip.addEventListener('click', (event) => {
    event.preventDefault();
    ask({ customer: '' });
  });

  function ask(change) {
    choose(change);
    draw();
    show('customer' in change);
  }

  function draw() {
    for (const item of bar.children) {
      if (item.dataset.stage === filter.stage) item.setAttribute('aria-current', 'true');
      else item.removeAttribute('aria-current');
    }
    bar.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    text(sort.querySelector('[data-f="sort"]'), words.sort[filter.sort]);
    const face = filter.sort === 'placed_at' ? 'oldest' : 'newest';
    sort.querySelector('use').setAttribute('href', `#i-${face}`);
    chip.hidden = !filter.customer;
    text(chip.querySelector('.whose__name'), nameOf(filter.customer));
  }

  draw();
  return { draw, ask };
}

/** A customer by the name on their orders. */
function nameOf(customer) {
  if (!customer) return '';
  const theirs = [...cards.values()].find((card) => customerOf(card) === customer);
  return theirs?.customer.name || customer;
}

/** The counts of the strip: per stage the server's; what else there is this page holds itself. */
export function tallies() {
  const { counts } = board;
  const at = now();
  const listed = Object.fromEntries(page.stages.map(({ key }) => [key, counts[key] ?? 0]));
  const told = { needs: 0, flagged: 0, scheduled: 0 };
  for (const card of held()) {
    if (needs(card, at)) told.needs += 1;
    if (card.flagged) told.flagged += 1;
    if (!scheduled(card, at)) continue;
    told.scheduled += 1;
    listed[card.stage] -= 1;
  }
  return { ...listed, ...told, all: Object.values(counts).reduce((sum, n) => sum + n, 0) };
}

/** How many are open, and how many of those are late, in words. */
export function summary() {
  const at = now();
  const open = held().filter((card) => isOpen(card) && !scheduled(card, at));
  const late = open.filter((card) => isLate(card, at)).length;
  return {
    open: say('summary.open', { count: open.length }),
    late: late ? say('summary.late', { count: late }) : '',
  };
}

/** Whether older ended orders exist that this page does not hold. */
export function cutOff(unfolded) {
  const shown = (filter.stage === 'all' && unfolded) || page.ends.includes(filter.stage);
  if (!shown || narrow()) return false;
  return held().filter((card) => !isOpen(card)).length >= ENDED_SHOWN;
}

const held = () => [...cards.values()].filter(({ id }) => !found.has(id));
