/** What a row of the resolution screen says: the page's half of server/routes/cases.py. */
import { isOpen } from 'heard/flags';
import { words } from 'heard/page';
import { view } from 'heard/view';
import { age, clock, say } from 'heard/words';

const HOUR = 3_600_000;
const PRIORITIES = Object.keys(words.issue.priorities);
const started = ({ opened_at: at }) => Date.parse(at);

/** Since when an order is flagged. */
export const flaggedAt = ({ issues }) => Math.min(...issues.filter(isOpen).map(started));
/** The issue that was resolved last; the card tells it first. */
export const settled = ({ issues }) => issues.find(({ state }) => state === 'resolved');

/** A flagged order: since when, how urgent, and the way to settle it. */
export function openCase(card, scene) {
  const waiting = card.issues.filter(isOpen);
  const [oldest] = waiting.toSorted((a, b) => started(a) - started(b));
  const most = Math.max(...waiting.map(({ priority }) => PRIORITIES.indexOf(priority)));
  const old = scene.now - started(oldest);
  const priority = words.issue.priorities[PRIORITIES[most]];
  return {
    ...view(card, scene),
    since: oldest.opened_at,
    age: say('resolution.since', { age: age(old) }),
    level: old >= 24 * HOUR ? 'late' : old >= 12 * HOUR ? 'warn' : 'ok',
    goods: say('resolution.goods', { priority, text: oldest.text || card.text.items }),
    ...button('resolve', oldest.id, card, scene),
  };
}

/** An order whose flags are settled: when, with which outcome, and the way back. */
export function closedCase(card, scene) {
  const last = settled(card);
  return {
    ...view(card, scene),
    since: last.settled_at,
    age: clock(last.settled_at, scene.today),
    level: 'over',
    sum: words.issue.outcomes[last.outcome],
    ...button('reopen', last.id, card, scene),
  };
}

function button(does, to, { code }, { rights }) {
  const verb = rights.has('issues.write') ? words.resolution[does] : '';
  return { does, verb, to, act: say('act', { verb, code }) };
}
