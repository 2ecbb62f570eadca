/** A channel, followed: every event once, in order, without a gap, across lost connections. */
import { everySecond, heard, since, stamp } from 'heard/clock';
import { GAP, learn } from 'heard/lamp';
import { link } from 'heard/link';
import { meta } from 'heard/page';
import { poller } from 'heard/poll';

const AHEAD = 200; // events kept while the one before them is awaited
const FAILURES = 3; // then ask over plain HTTP, until a socket speaks again

/** Follow a channel from a position. `on` has snapshot, event, subscribed, build, ended. */
export function follow(channel, position, on) {
  const at = { ...position };
  let ahead = [];
  let parts = null;
  let gapAt = null;
  let closedAt = null;
  let asked = null;
  let target = 0; // where the channel stood when we came (back): until then we are catching up

  const live = link(`${location.origin.replace(/^http/, 'ws')}/live`, {
    opened: () => ask(at.offset === null),
    frame: hear,
    lost: (code, failures) => {
      parts = null;
      asked = null;
      closedAt ??= stamp();
      learn({ closedAt });
      if (failures >= FAILURES) fallback.start();
    },
    ended: (code) => stop(code),
  });
  const fallback = poller(channel, adopt, (status) => stop(status === 401 ? 4500 : 4501));

  /** Subscribe: from where we are, or anew with a whole snapshot. */
  function ask(anew = false) {
    asked = { at: stamp(), anew };
    const position = anew ? {} : { since: at.offset, epoch: at.epoch };
    live.send({ subscribe: channel, audience: 'staff', build: meta('build'), ...position });
  }

  function hear(frame) {
    if (fallback.stop()) learn({ polling: false });
    if (frame.now) heard(frame.now);
    const kind = Object.keys(kinds).find((name) => name in frame);
    if (kind) kinds[kind](frame);
    closedAt = null;
    learn({ frameAt: stamp(), closedAt: null, behind: behind(), gapAt });
  }

  const behind = () => at.offset === null || at.offset < target;

  const kinds = {
    subscribed: (frame) => {
      on.subscribed(frame);
      target = frame.epoch === at.epoch ? frame.offset : Infinity;
      if (behind()) gapAt ??= stamp();
    },
    snapshot: collect,
    event: (frame) => take({ from: frame.offset, to: frame.offset, frame }),
    skip: (frame) => take({ from: frame.from, to: frame.to }),
    head: (frame) => {
      const head = frame.head[channel];
      learn({ databaseAge: frame.db_age_ms });
      if (head > at.offset) gapAt ??= stamp();
      if (!behind()) live.send({ seen: { [channel]: at.offset } });
    },
  };

  /** Keep the parts of a snapshot until it is whole; the old list stays until then. */
  function collect({ epoch, offset, part, of, orders, counts }) {
    if (part === 1) parts = { epoch, offset, orders: [], next: 1 };
    if (parts?.next !== part || parts.offset !== offset) return void (parts = null);
    parts.orders.push(...orders);
    parts.counts = counts ?? parts.counts;
    parts.next += 1;
    if (part < of) return;
    const whole = parts;
    parts = null;
    adopt(whole);
  }

  function adopt({ epoch, offset, orders, counts }) {
    const other = epoch !== at.epoch;
    if (!other && offset < at.offset) return;
    Object.assign(at, { epoch, offset });
    target = Math.min(target, offset);
    on.snapshot(orders, counts, other);
    if (other) ahead = [];
    settle();
  }

  function take(piece) {
    if (parts || piece.from > at.offset + 1) return keep(piece);
    if (piece.to > at.offset) pass(piece);
    settle();
  }

  function pass({ to, frame }) {
    at.offset = to;
    if (frame) on.event(frame);
  }

  /** An event from further on: ask for what lies between, once. */
  function keep(piece) {
    if (ahead.length < AHEAD) ahead.push(piece);
    gapAt ??= stamp();
    if (!asked && !parts) ask();
  }

  function settle() {
    ahead.sort((a, b) => a.from - b.from);
    while (ahead.length && ahead[0].from <= at.offset + 1) {
      const piece = ahead.shift();
      if (piece.to > at.offset) pass(piece);
    }
    if (ahead.length) return;
    gapAt = null;
    asked = null;
  }

  /** A gap that stays: ask again, and then for everything. */
  function mend() {
    if (!gapAt || !live.isOpen() || since(gapAt) < GAP) return;
    learn({ gapAt });
    if (!asked) ask();
    else if (since(asked.at) > GAP) ask(true);
  }

  function stop(code) {
    fallback.stop();
    learn({ ended: code });
    on.ended(code);
  }

  everySecond(mend);
  return { wake: live.wake, retryAt: live.retryAt, renew: () => ask(true), position: at };
}
