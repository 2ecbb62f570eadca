/** What a row says of its flags: the first part of the page's half of server/routes/flags.py. */
import { words } from 'heard/page';
import { say } from 'heard/words';

/** What is wrong with an order, in a word, where somebody has flagged it. */
export function flag({ issues }) {
  const types = issues.filter(isOpen).map(({ type }) => words.issue.short[type]);
  const several = types.length > 1 && say('issue.several', { count: types.length });
  return { flag: several || types.join(''), flagged: types.length ? 'yes' : 'no' };
}

export const isOpen = ({ state }) => state === 'open';
export const kind = ({ type }) => words.issue.types[type];
