/** The scanner's sheet: what is read or typed is looked up. Looking changes nothing; a press does. */
import { post } from 'heard/api';
import { camera } from 'heard/camera';
import { cards, isOpen } from 'heard/cards';
import { since, stamp } from 'heard/clock';
import { toggle } from 'heard/fill';
import { answers } from 'heard/found';
import { page, words } from 'heard/page';
import { sayNow } from 'heard/speech';
import { play, unlock } from 'heard/tones';

const AGAIN = 3_000; // the same code within this is the same look at it
const UNPRINTED = /[\u0000-\u001f\u007f]/g;

const sheet = document.getElementById('scan');
const at = (name) => sheet.querySelector(`[data-js="${name}"]`);
const found = answers(sheet);
const code = sheet.querySelector('#scan-code');
let last = { text: '', at: null };
let wanted = false; // whether the sheet is meant to look through the camera
let origin = null;
let asked = 0;

const eye = camera(sheet.querySelector('video'), {
  found: look,
  changed: seen,
  failed: (why) => trouble(words.scan.trouble[why]),
});

/** Open the sheet, with the camera at once if that is what was pressed. */
export function open(withCamera) {
  unlock();
  for (const other of document.querySelectorAll(':popover-open')) other.hidePopover();
  if (!sheet.open) {
    origin = document.activeElement;
    found.clear();
    trouble('');
    sheet.showModal();
  }
  wanted = withCamera;
  if (withCamera && !eye.isOn()) eye.start();
  else seen({ on: eye.isOn(), torch: false, others: false });
}

function close() {
  wanted = false;
  eye.stop();
  last = { text: '', at: null };
  sheet.close();
  origin?.focus({ preventScroll: true });
}

/** A text was read or typed: ask which order it means, once. */
async function look(raw, again = false) {
  const text = raw.replace(UNPRINTED, '').trim();
  if (!text) return;
  const same = text === last.text && last.at && since(last.at) < AGAIN;
  last = { text, at: same && !again ? last.at : stamp() };
  if (same && !again) return void (last.at = stamp());
  asked += 1;
  const mine = asked;
  const location = Number.isInteger(page.location.id) ? page.location.id : null;
  const { status, body } = await post('/scans', { text, location });
  if (mine !== asked || !sheet.open) return;
  if (status === 200) tell(body);
  else tell(status ? { said: body.detail } : (known(text, location) ?? { said: words.scan.unanswered }));
}

/** What this page knows itself of a code, where nobody answers. */
function known(text, here) {
  const said = text.split('#').pop().toUpperCase();
  const order = [...cards.values()].find((card) => card.code === said);
  if (!order || (here && order.location !== here)) return null;
  return { order, verdict: isOpen(order) ? 'here' : 'ended', unchecked: true };
}

function tell(answer) {
  const { tone, said } = found.show(answer);
  play(tone);
  sayNow([said, answer.order?.code].filter(Boolean).join(' '));
  if (!found.go().hidden) found.go().focus({ preventScroll: false });
}

/** What the camera can, and whether it is on. */
function seen({ on, torch, others, lit }) {
  toggle(at('sight'), !on);
  toggle(at('torch'), !torch);
  toggle(at('turn'), !others);
  toggle(at('start'), on);
  at('torch').setAttribute('aria-pressed', String(Boolean(lit)));
  if (on) trouble('');
}

function trouble(text) {
  at('trouble').textContent = text;
  toggle(at('trouble'), !text);
  if (text) sayNow(text);
}

/** A hand scanner has read a code, whether the sheet was open or not. */
export function read(text) {
  open(wanted);
  look(text, true);
}

at('close').addEventListener('click', close);
at('start').addEventListener('click', () => open(true));
at('torch').addEventListener('click', eye.torch);
at('turn').addEventListener('click', eye.turn);
at('typed').addEventListener('submit', (event) => {
  event.preventDefault();
  look(code.value, true);
  code.select();
});
sheet.addEventListener('cancel', (event) => {
  event.preventDefault();
  close();
});
document.addEventListener('visibilitychange', () => document.hidden && eye.stop());
addEventListener('pagehide', eye.stop);
