/** One WebSocket, kept open: it comes back by itself, and notices when nobody answers. */
import { everySecond, onJump, since, stamp } from 'heard/clock';

const BASE = 500;
const CAP = 15_000;
const SILENCE = 15_000; // the server says something every 5 s
const ANSWER = 3_000;
const QUIET = 6_000;
const SOUNDING = 2_500; // how often we measure how late we hear
const AFTER_RESTART = 3_000;
const RESTARTING = [1001, 1012, 4002];
const FINAL = 4500; // from here on a close code means: do not come back

/**
 * Keep a link open. `on` has opened(send), frame(object), sounded(moment), lost(code, failures),
 * ended(code). All that was sent until the moment sounded has come: a wire may be busy and late.
 */
export function link(address, on) {
  let socket = null;
  let heardAt = stamp();
  let probedAt = null;
  let pings = 0;
  let tries = 0;
  let failures = 0;
  let retry = null;
  let sounding = null; // the ping that waits for its pong
  let sounded = null;

  function open() {
    clearTimeout(retry?.timer);
    retry = null;
    const mine = new WebSocket(address, 'heard.v1');
    socket = mine;
    heardAt = stamp();
    probedAt = null;
    sounding = sounded = null;
    mine.onopen = () => mine === socket && on.opened();
    mine.onmessage = ({ data }) => mine === socket && hear(JSON.parse(data));
    mine.onclose = ({ code }) => mine === socket && lost(code);
  }

  function hear(frame) {
    heardAt = stamp();
    probedAt = null;
    tries = 0;
    failures = 0;
    if (sounding && frame.pong === sounding.n) answered();
    on.frame(frame);
    sound();
  }

  function answered() {
    sounded = sounding.at;
    sounding = null;
    on.sounded(sounded);
  }

  /** Ask how late we hear: the answer comes behind everything that was said before it. */
  function sound() {
    if (sounding || (sounded && since(sounded) < SOUNDING)) return;
    if (socket?.readyState !== WebSocket.OPEN) return;
    pings += 1;
    sounding = { n: pings, at: stamp() };
    send({ ping: pings });
  }

  function lost(code) {
    drop();
    if (code >= FINAL && code < 5000) return on.ended(code);
    failures += 1;
    wait(RESTARTING.includes(code) ? AFTER_RESTART : Math.min(CAP, BASE * 2 ** tries));
    tries += 1;
    on.lost(code, failures);
  }

  /** Full jitter: a thousand boards do not come back in the same moment. */
  function wait(longest) {
    const delay = Math.random() * longest;
    retry = { at: Date.now() + delay, timer: setTimeout(open, delay) };
  }

  function drop() {
    const gone = socket;
    socket = null;
    gone?.close();
  }

  /** Somebody looks again, or the network changed: try at once, or make sure of the link. */
  function wake() {
    if (retry) open();
    else if (socket?.readyState === WebSocket.OPEN && !probedAt) probe();
  }

  function probe() {
    probedAt = stamp();
    send({ ping: 0 });
  }

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function check() {
    if (!socket) return;
    if (since(heardAt) > SILENCE || (probedAt && since(probedAt) > ANSWER)) return lost(1006);
    sound();
  }

  function restart() {
    if (!socket && !retry) return;
    drop();
    open();
  }

  everySecond(check);
  onJump(restart);
  for (const name of ['online', 'offline']) addEventListener(name, wake);
  addEventListener('focus', () => since(heardAt) > QUIET && wake());
  document.addEventListener('resume', wake);
  document.addEventListener('visibilitychange', () => document.hidden || wake());
  // an open socket keeps a page out of the browser's memory for Back
  addEventListener('pagehide', () => {
    clearTimeout(retry?.timer);
    if (socket || retry) retry = { at: Date.now(), timer: 0 };
    drop();
  });
  addEventListener('pageshow', ({ persisted }) => persisted && wake());
  open();
  return { send, wake, retryAt: () => retry?.at ?? null, isOpen: () => Boolean(socket) };
}
