/** The filter strip, the sequence, and the figures beside them. */
import { board, cards, found, isOpen } from 'heard/cards';
import { choose, filter } from 'heard/filter';
import { text } from 'heard/fill';
import { page, words } from 'heard/page';
import { scene } from 'heard/scene';
import { levelOf } from 'heard/view';
import { say } from 'heard/words';

const ENDED_SHOWN = 200;

/** Follow the strip and the sort button; `show` lists what they ask for. */
export function strip(show) {
  const bar = document.getElementById('strip');
  const sort = document.getElementById('sort');

  bar.addEventListener('click', (event) => {
    const item = event.target.closest('[data-stage]');
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose({ stage: item.dataset.stage });
    draw();
    show();
  });
  sort.addEventListener('click', (event) => {
    event.preventDefault();
    choose({ sort: filter.sort === 'placed_at' ? '-placed_at' : 'placed_at' });
    draw();
    show();
  });

  function draw() {
    for (const item of bar.children) {
      if (item.dataset.stage === filter.stage) item.setAttribute('aria-current', 'true');
      else item.removeAttribute('aria-current');
    }
    bar.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    text(sort.querySelector('[data-f="sort"]'), words.sort[filter.sort]);
    const face = filter.sort === 'placed_at' ? 'oldest' : 'newest';
    sort.querySelector('use').setAttribute('href', `#i-${face}`);
  }

  draw();
  return { draw };
}

/** The counts of the strip: the server's per stage; of the open orders the board holds every one. */
export function tallies() {
  const { counts } = board;
  const sum = (stages) => stages.reduce((all, stage) => all + (counts[stage] ?? 0), 0);
  const listed = page.stages.map(({ key }) => [key, counts[key] ?? 0]);
  return { ...Object.fromEntries(listed), open: openOnes().length, all: sum(Object.keys(counts)) };
}

/** How many are open, and how many of those are late, in words. */
export function summary() {
  const { now } = scene();
  const open = openOnes();
  const late = open.filter(({ timer }) => timer && late_(levelOf(timer, now))).length;
  return {
    open: say('summary.open', { count: open.length }),
    late: late ? say('summary.late', { count: late }) : '',
  };
}

/** Whether older ended orders exist that this page does not hold. */
export function cutOff() {
  const shown = filter.stage === 'all' || page.ends.includes(filter.stage);
  if (!shown || filter.q) return false;
  const ended = [...cards.values()].filter((card) => !isOpen(card) && !found.has(card.id));
  return ended.length >= ENDED_SHOWN;
}

const openOnes = () => [...cards.values()].filter(isOpen);
const late_ = (level) => level === 'late' || level === 'very';
