/** The server's time, and one tick a second for everything that shows a duration. */
import { page } from 'heard/page';

const SAMPLES = 8;
const JUMP = 15_000;

const samples = [];
const tickers = new Set();
const jumpers = new Set();
let offset = page.now ? Date.parse(page.now) - Date.now() : 0;
let last = stamp();

/** Now, by the server's clock, in milliseconds. */
export const now = () => Date.now() + offset;

/** A server's time has just arrived. The sample that travelled shortest is the largest. */
export function heard(at) {
  samples.push(Date.parse(at) - Date.now());
  if (samples.length > SAMPLES) samples.shift();
  offset = Math.max(...samples);
}

/** A moment to measure from. Two clocks, because either may stand still or be set. */
export function stamp() {
  return { date: Date.now(), steady: performance.now() };
}

/** Milliseconds since a moment, by the clock that saw more of them. */
export function since(moment) {
  return Math.max(Date.now() - moment.date, performance.now() - moment.steady, 0);
}

/** Call this once a second, and at once when the page is looked at again. */
export function everySecond(ticker) {
  tickers.add(ticker);
}

/** Call this when the computer slept, or its clock was set. */
export function onJump(jumper) {
  jumpers.add(jumper);
}

/** The date at the page's location, as in the times of its cards. */
export function today() {
  return dates.format(now());
}

/** A time of day at the page's location. */
export function timeOfDay(at, seconds = false) {
  return (seconds ? exactTimes : times).format(at);
}

const zone = page.location?.timezone;
const dates = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone };
const times = new Intl.DateTimeFormat('en-GB', hours);
const exactTimes = new Intl.DateTimeFormat('en-GB', { ...hours, second: '2-digit' });

function tick() {
  const passed = { date: Date.now() - last.date, steady: performance.now() - last.steady };
  last = stamp();
  const jumped = Math.abs(passed.date - passed.steady) > JUMP;
  if (jumped) for (const jumper of jumpers) jumper();
  for (const ticker of tickers) ticker();
}

setInterval(tick, 1000);
document.addEventListener('visibilitychange', () => document.hidden || tick());
addEventListener('pageshow', tick);
