/** What waits is sent in sequence, by one page for all of them; a refusal holds nobody up. */
import { judge, watch } from 'heard/lamp';
import { page } from 'heard/page';
import { locked, send, unanswered } from 'heard/send';
import { allTaps } from 'heard/store';
import { isFlying, onTaps, recalled, taps } from 'heard/taps';

const CURRENT = ['live', 'slow', 'polling']; // what was missed has come: what waits may go
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

let draining = false;
let failures = 0;
let timer = 0;

/** Try again in a while, longer each time. */
export function pause() {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
  failures += 1;
  clearTimeout(timer);
  timer = setTimeout(resume, longest * (0.7 + 0.6 * Math.random()));
}

function resume() {
  clearTimeout(timer);
  timer = 0;
  drain();
}

/** Send what waits, if it is time. */
async function drain() {
  if (draining || timer || !may() || !taps.list.some(waits)) return;
  draining = true;
  const done = await locked('heard:drain', round);
  draining = false;
  if (!done) return pause();
  failures = 0;
  drain();
}

const may = () => !taps.held && CURRENT.includes(judge().state);
const waits = (tap) => !tap.refusal && !isFlying(tap);

/** One round; false if something that was sent has not been answered. */
async function round() {
  const busy = new Set(); // orders of which nothing more is sent, to keep their sequence
  let done = true;
  for (const tap of await all()) {
    if (!may()) break;
    if (tap.refusal || busy.has(tap.order)) continue;
    const answer = isFlying(tap) ? null : await send(tap);
    if (!answer || unanswered(answer)) busy.add(tap.order);
    done &&= !answer || !unanswered(answer);
    if (answer?.status === 0) break;
  }
  return done;
}

/** What is written down, and what this page knows beyond that. */
async function all() {
  const kept = (await allTaps().catch(() => [])).filter(({ person }) => person === page.person);
  const written = new Set(kept.map(({ key }) => key));
  return [...kept, ...taps.list.filter(({ key }) => !written.has(key))];
}

async function begin() {
  await recalled;
  watch((_, changed) => changed && resume());
  onTaps(drain);
  drain();
}

begin();
