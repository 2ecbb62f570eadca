/** What Alpine drives: the header's lamp, clock and theme, the counts, the menus. Never the rows. */
import Alpine from 'alpine';
import { everySecond, now, timeOfDay } from 'heard/clock';
import 'heard/flagged';
import { judge, watch } from 'heard/lamp';
import { outbox } from 'heard/outbox';
import { page, words } from 'heard/page';
import { takes } from 'heard/queue';
import { ago, say } from 'heard/words';

const ICONS = {
  starting: 'again',
  live: 'live',
  slow: 'slow',
  catching: 'again',
  polling: 'polling',
  stale: 'cut',
  ended: 'cut',
};
const ENDED = { 4500: 'signed_out', 4501: 'gone', 4503: 'build' };
const YEAR = 31_536_000;

/** Start Alpine, with the header following the lamp. `retryAt` tells when a socket is next tried. */
export function start(retryAt) {
  Alpine.store('live', {
    state: 'starting', icon: '#i-again', word: words.lamp.starting, age: '', said: '',
    banner: '', trying: '', way: '', clock: timeOfDay(now()),
  });
  Alpine.store('board', {
    counts: page.tallies ?? {}, open: page.summary?.open ?? '', late: page.summary?.late ?? '',
    waiting: '', empty: page.empty ?? '', checked: '', filtered: false,
  });
  Alpine.store('outbox', { word: '', count: '', icon: '#i-clock', tone: 'calm' });
  Alpine.data('theme', theme);
  Alpine.data('keys', keys);
  Alpine.start();
  const live = Alpine.store('live');
  watch((verdict) => Object.assign(live, lamp(verdict, retryAt())));
  everySecond(() => (live.clock = timeOfDay(now())));
  outbox();
  return Alpine.store('board');
}

/** Whether single keys are shortcuts for this person on this device. */
export const keysOn = () => localStorage.getItem('keys') !== 'off';

/** How fresh the list is, for the words beside an empty one. */
export function checked() {
  const verdict = judge();
  const known = !['starting', 'stale', 'ended'].includes(verdict.state);
  return known ? say('empty.checked', { age: ago(verdict.age) }) : words.empty.unknown;
}

function lamp({ state, age: old, since, code }, retryAt) {
  const time = timeOfDay(since, true);
  const word = say(`lamp.${state}`, { time });
  const counted = ['live', 'slow', 'catching', 'polling'].includes(state);
  return {
    state,
    icon: `#i-${ICONS[state]}`,
    word,
    age: counted ? ago(old) : '',
    said: counted ? `${word} · ${ago(old)}` : word,
    banner: banner(state, code, time, old),
    trying: state === 'stale' ? trying(retryAt) : '',
    way: words.banner.ways[state === 'stale' ? 'stale' : ENDED[code] ?? 'refused'],
  };
}

function banner(state, code, time, old) {
  const stale = takes() ? 'stale' : 'stale_never';
  if (state === 'stale') return say(`banner.${stale}`, { time, age: ago(old) });
  return state === 'ended' ? words.banner[ENDED[code] ?? 'refused'] : '';
}

function trying(retryAt) {
  const seconds = retryAt ? Math.ceil((retryAt - Date.now()) / 1000) : 0;
  return seconds > 0 ? say('banner.trying', { seconds }) : words.banner.now;
}

const themes = Alpine.reactive({ mode: document.documentElement.dataset.theme });

/** Light, dark, or as the device says; a cookie, so that the server prints it at once. */
function theme() {
  return {
    get icon() {
      return `#i-${{ auto: 'auto', light: 'sun', dark: 'moon' }[themes.mode]}`;
    },
    get label() {
      return words.theme[themes.mode];
    },
    get auto() {
      return String(themes.mode === 'auto');
    },
    get light() {
      return String(themes.mode === 'light');
    },
    get dark() {
      return String(themes.mode === 'dark');
    },
    choose() {
      wear(this.$el.dataset.mode);
    },
    turn() {
      wear({ auto: 'light', light: 'dark', dark: 'auto' }[themes.mode]);
    },
  };
}

function wear(mode) {
  themes.mode = mode;
  document.documentElement.dataset.theme = mode;
  document.cookie = `theme=${mode}; path=/; max-age=${YEAR}; samesite=lax`;
}

function keys() {
  return {
    on: keysOn(),
    show() {
      document.getElementById('account').hidePopover();
      document.getElementById('keys').showModal();
    },
    keep() {
      localStorage.setItem('keys', this.on ? 'on' : 'off');
    },
  };
}

