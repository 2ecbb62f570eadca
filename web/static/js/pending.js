/** An order as it will be once what waits for it is done; what is no longer legal is left out. */
import { now } from 'heard/clock';
import { connected } from 'heard/lamp';
import { page } from 'heard/page';
import { isFlying, taps, waitingFor } from 'heard/taps';

const SOON = 1_500; // what is answered within this was never waiting
const known = new WeakMap(); // card → what was made of it, from which taps

export function pending(card) {
  const wishes = waitingFor(card.id).filter(({ wish, issue }) => wish || issue);
  if (!wishes.length) return card;
  const mark = wishes.map((tap) => tap.key + isFlying(tap)).join();
  const moves = wishes.filter(({ wish }) => wish);
  if (known.get(card)?.mark !== mark) {
    known.set(card, { mark, whole: flagged(moved(card, moves), wishes) });
  }
  return known.get(card).whole;
}

/** What waits for longer than it takes to be answered. */
export const lingering = () => taps.list.filter(lasts);

/** Whether something waits for an order. */
export const lingers = (id) => waitingFor(id).some(lasts);

const lasts = ({ at, late, refusal }) => !refusal && (late || !connected() || now() - at > SOON);

function moved(card, moves) {
  let whole = card;
  for (const { wish } of moves) {
    const legal = whole.next.some(({ to }) => to === wish.stage);
    if (legal) whole = { ...whole, ...wish, next: ahead(whole.flow, wish.stage) };
  }
  return moves.some(isFlying) ? { ...whole, next: [] } : whole;
}

function flagged(card, wishes) {
  const issues = wishes.flatMap(({ issue }) => issue ?? []);
  return issues.length ? { ...card, flagged: true, issues: [...card.issues, ...issues] } : card;
}

/** The ways on from a stage, as a card would tell them. */
function ahead(flow, stage) {
  const labels = page.labels[flow];
  return page.ahead[flow][stage].map((step) => ({ ...step, label: labels[step.to], back: false }));
}
