/** One channel, followed: every event once, in order, without a gap, across lost connections. */
import { since, stamp } from 'heard/clock';
import { GAP, learn } from 'heard/lamp';
import { meta } from 'heard/page';

const AHEAD = 200; // events kept while the one before them is awaited

/** Follow `name` from a position. `on` has snapshot, event, subscribed; `send` speaks to the server. */
export function channel(name, position, on, send) {
  const at = { ...position };
  let ahead = [];
  let parts = null;
  let gapAt = null;
  let asked = null;
  let joined = false; // the server has answered on this connection
  let target = 0; // where the channel stood when we came (back): until then we are catching up

  /** Subscribe: from where we are, or anew with a whole snapshot. */
  function ask(anew = false) {
    asked = { at: stamp(), anew };
    const position = anew ? {} : { since: at.offset, epoch: at.epoch };
    send({ subscribe: name, audience: 'staff', build: meta('build'), ...position });
  }

  const behind = () => !joined || at.offset === null || at.offset < target;

  function subscribed(frame) {
    joined = true;
    on.subscribed(frame);
    target = frame.epoch === at.epoch ? frame.offset : Infinity;
    if (behind()) gapAt ??= stamp();
    if (asked) learn({ upTo: asked.at });
  }

  /** The connection is gone, and what was on its way with it. */
  function lost() {
    joined = false;
    parts = null;
    asked = null;
  }

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
    if (!gapAt || since(gapAt) < GAP) return;
    if (!asked) ask();
    else if (since(asked.at) > GAP) ask(true);
  }

  return {
    name,
    on,
    at,
    ask,
    adopt,
    lost,
    mend,
    behind,
    gap: () => gapAt,
    opened: () => ask(at.offset === null),
    stands: (head) => head > at.offset && (gapAt ??= stamp()),
    hear: {
      subscribed,
      snapshot: collect,
      event: (frame) => take({ from: frame.offset, to: frame.offset, frame }),
      skip: (frame) => take({ from: frame.from, to: frame.to }),
    },
  };
}
