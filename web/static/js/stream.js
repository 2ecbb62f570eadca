/** The channels this page follows, over one link; where sockets do not get through, over HTTP. */
import { channel } from 'heard/channel';
import { everySecond, heard, since, stamp } from 'heard/clock';
import { learn } from 'heard/lamp';
import { link } from 'heard/link';
import { poller } from 'heard/poll';

const FAILURES = 3; // then ask over plain HTTP, until a socket speaks again
const SEEN = 100; // channels whose position is told in one message

const followed = new Map(); // name → channel
const pollers = new Map();
const polled = new Map(); // name → when it was last asked for over HTTP
let live = null;
let closedAt = null;

/**
 * Follow a channel from a position. `on` has snapshot, event, subscribed, ended.
 * All channels of a page share one socket, and the lamp says how the worst of them stands.
 */
export function follow(name, position, on) {
  const one = channel(name, position, on, (message) => live.send(message));
  followed.set(name, one);
  if (name.startsWith('location:')) {
    const refused = (status) => stop(status === 401 ? 4500 : 4501);
    pollers.set(name, poller(name, one.adopt, refused, () => asked(name)));
  }
  if (live) one.opened();
  else open();
  return { wake: live.wake, retryAt: live.retryAt, renew: () => one.ask(true), position: one.at };
}

function open() {
  live = link(`${location.origin.replace(/^http/, 'ws')}/live`, {
    opened: () => each(({ opened }) => opened()),
    frame: hear,
    sounded: (upTo) => learn({ upTo, ...worst() }),
    lost,
    ended: stop,
  });
  everySecond(mend);
}

function lost(_, failures) {
  each((one) => one.lost());
  closedAt ??= stamp();
  learn({ closedAt });
  if (failures >= FAILURES) for (const { start } of pollers.values()) start();
}

function hear(frame) {
  if ([...pollers.values()].map(({ stop }) => stop()).some(Boolean)) {
    polled.clear();
    learn({ polling: false });
  }
  if (frame.now) heard(frame.now);
  if (frame.head) look(frame);
  const kind = ['subscribed', 'snapshot', 'event', 'skip'].find((name) => name in frame);
  if (kind) followed.get(kind === 'event' ? frame.channel : frame[kind])?.hear[kind](frame);
  closedAt = null;
  learn({ closedAt, ...worst() });
}

/** How far the channels are; those that are caught up with say so. */
function look({ head, db_age_ms: databaseAge }) {
  learn({ databaseAge });
  for (const [name, offset] of Object.entries(head)) followed.get(name)?.stands(offset);
  const current = [...followed.values()].filter(({ name, behind }) => name in head && !behind());
  const seen = Object.fromEntries(current.slice(0, SEEN).map(({ name, at }) => [name, at.offset]));
  if (current.length) live.send({ seen });
}

/** A channel was asked for over HTTP; the list is as old as the channel asked longest ago. */
function asked(name) {
  polled.set(name, stamp());
  if (polled.size < pollers.size) return;
  const upTo = longestAgo([...polled.values()]);
  learn({ polling: true, upTo, databaseAge: 0, behind: false, gapAt: null });
}

/** The channel that is furthest from the truth speaks for all. */
function worst() {
  const all = [...followed.values()];
  const gaps = all.map(({ gap }) => gap()).filter(Boolean);
  return { behind: all.some(({ behind }) => behind()), gapAt: longestAgo(gaps) };
}

const longestAgo = (moments) =>
  moments.reduce((old, at) => (old && since(old) >= since(at) ? old : at), null);

function mend() {
  if (!live.isOpen()) return;
  each((one) => one.mend());
  const { gapAt } = worst();
  if (gapAt) learn({ gapAt });
}

function stop(code) {
  for (const poller of pollers.values()) poller.stop();
  learn({ ended: code });
  for (const ended of new Set([...followed.values()].map(({ on }) => on.ended))) ended?.(code);
}

function each(act) {
  for (const one of followed.values()) act(one);
}
