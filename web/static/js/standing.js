/** How orders stand with those who work: waiting for their time, calling for somebody. */
import { cards } from 'heard/cards';
import { now } from 'heard/clock';
import { noteOf, undoLeft } from 'heard/moves';
import { levelOf, scheduled } from 'heard/view';

/** Whether it calls for somebody: to be accepted, late, flagged; or a tap of this page was refused. */
export function needs(card, at) {
  if (card.flagged || noteOf(card.id)) return true;
  if (!card.timer || scheduled(card, at)) return false;
  const asked = card.kind === 'new' && card.next.some(({ kind }) => kind === 'work');
  return asked || isLate(card, at);
}

/** Whether the time that was promised is over. */
export function isLate(card, at) {
  return Boolean(card.timer) && ['late', 'very'].includes(levelOf(card.timer, at));
}

let last = '';

/** Whether, since it was last asked, the clock alone has put an order among others. */
export function turned() {
  const at = now();
  const marks = [];
  for (const [id, card] of cards) {
    if (needs(card, at) && !undoLeft(id)) marks.push(id);
    if (scheduled(card, at)) marks.push(`·${id}`);
  }
  const mark = marks.join();
  if (mark === last) return false;
  last = mark;
  return true;
}
