/** A customer's own order: told by the socket that there is news, drawn by the server. */
import { everySecond, since, stamp, timeOfDay } from 'heard/clock';
import { link } from 'heard/link';
import { meta, page, words } from 'heard/page';
import { ago, say } from 'heard/words';

const FRESH = 12_000; // a frame comes every 5 s
const FRESH_DATABASE = 3_000;
const EVERY = 10_000; // where no socket opens
const FAILURES = 2;
const NEW_BUILD = 4503;
const $ = (id) => document.getElementById(id);
const name = `order:${location.pathname.split('/').pop()}`;

let tag = $('main').dataset.tag;
let version = page.version;
let checked = stamp();
let polling = false;
let polledAt = stamp();

const live = link(`${location.origin.replace(/^http/, 'ws')}/live`, {
  opened: () => live.send({ subscribe: name, audience: 'buyer', build: meta('build') }),
  frame: hear,
  sounded: () => undefined,
  lost: (_, failures) => (polling ||= failures >= FAILURES),
  ended: (code) => {
    if (code === NEW_BUILD) return location.reload();
    polling = true;
    look();
  },
});

function hear(frame) {
  polling = false;
  if (frame.db_age_ms === undefined || frame.db_age_ms <= FRESH_DATABASE) checked = stamp();
  if (frame.order && frame.order.version !== version) look(frame.order.version);
  tell();
}

/** Ask for what changed; whoever's link opens nothing any more is shown the way to another. */
async function look(newest = version) {
  polledAt = stamp();
  const asked = { headers: { 'If-None-Match': `"${tag}"` }, cache: 'no-store' };
  const answer = await fetch('?part=order', asked).catch(() => null);
  if (!answer || answer.status >= 500) return;
  if (answer.status === 404) return location.reload();
  if (answer.status === 200) put(await answer.text(), answer.headers.get('ETag'));
  version = newest;
  checked = stamp();
  tell();
}

function put(html, etag) {
  tag = etag.replaceAll('"', '');
  const drawn = document.createElement('template');
  drawn.innerHTML = html;
  for (const part of [...drawn.content.children]) {
    document.querySelector(`[data-part="${part.dataset.part}"]`).replaceWith(part);
  }
  document.title = document.querySelector('[data-title]').dataset.title;
  $('say-polite').textContent = `${$('stage').textContent.trim()}. ${$('sentence').textContent}`;
}

/** How far what is shown may be trusted. */
function tell() {
  const age = since(checked);
  const fresh = polling ? EVERY * 2 : FRESH;
  const stale = say('fresh.stale', { time: timeOfDay(Date.now() - age, true) });
  $('fresh').textContent = age > fresh ? stale : say(`fresh.${polling ? 'polling' : 'live'}`, { age: ago(age) });
}

everySecond(() => {
  if (polling && !document.hidden && since(polledAt) > EVERY) look();
  tell();
});

/** The code as large as the screen, which stays awake meanwhile. */
function enlarge() {
  const large = $('large');
  large.replaceChildren(document.querySelector('.ticket__qr svg').cloneNode(true), $('close').content.cloneNode(true));
  large.showModal();
  navigator.wakeLock?.request('screen').then((lock) => {
    large.addEventListener('close', () => lock.release(), { once: true });
  }, () => undefined);
}

$('larger').hidden = false;
$('larger').addEventListener('click', enlarge);
$('large').addEventListener('click', () => $('large').close());
