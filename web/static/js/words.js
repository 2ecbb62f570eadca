/** The words of the screens, as in server/routes/words.py. */
import { words } from 'heard/page';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The words at `a.b` of the table, with the values put in. */
export function say(path, values = {}) {
  return put(path.split('.').reduce((found, name) => found[name], words), values);
}

/** The words for one, or for several. */
export function counted(path, count, values = {}) {
  const [one, several] = path.split('.').reduce((found, name) => found[name], words);
  return put(count === 1 ? one : several, { count, ...values });
}

export function put(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** A duration as boards show it: 4:32, then 1 h 04, then 2 d. */
export function age(milliseconds) {
  const seconds = Math.floor(Math.max(milliseconds, 0) / 1000);
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}:${two(seconds % MINUTE)}`;
  if (seconds < DAY) {
    const minutes = two(Math.floor((seconds % HOUR) / MINUTE));
    return say('age.hours', { hours: Math.floor(seconds / HOUR), minutes });
  }
  return say('age.days', { days: Math.floor(seconds / DAY) });
}

/** A time of a card: 18:04 today, 21 Nov on any other day. */
export function clock(at, today) {
  if (at.slice(0, 10) === today) return at.slice(11, 16);
  return say('day', { day: +at.slice(8, 10), month: words.months[at.slice(5, 7) - 1] });
}

/** A time, with its date unless that is today. */
export function moment(at, today) {
  if (!at) return '';
  const day = clock(at, today);
  return at.slice(0, 10) === today ? day : say('moment', { day, time: at.slice(11, 16) });
}

/** How long ago, in words: 12 s, then as `age`. */
export function ago(milliseconds) {
  const seconds = Math.floor(Math.max(milliseconds, 0) / 1000);
  if (seconds < MINUTE) return say('ago.seconds', { seconds });
  if (seconds >= HOUR) return age(milliseconds);
  return say('ago.minutes', { minutes: Math.floor(seconds / MINUTE), seconds: seconds % MINUTE });
}

const two = (number) => String(number).padStart(2, '0');
