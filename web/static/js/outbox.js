/** The chip that says how many changes wait to be sent, or were refused; it opens their list. */
import Alpine from 'alpine';
import { everySecond } from 'heard/clock';
import { watch } from 'heard/lamp';
import { page } from 'heard/page';
import { lingering } from 'heard/pending';
import { discard, forget } from 'heard/queue';
import { forgetBoards } from 'heard/store';
import { onTaps, taps } from 'heard/taps';
import { counted, say } from 'heard/words';

const SIGNED_OUT = 4500;
const GONE = 4501;
const FORGETTING = 2_000; // storage that does not answer must not keep anybody signed in

/** Keep the chip true, and ask before a sign-out throws away what waits. */
export function outbox() {
  if (!page.person) return;
  const store = Alpine.store('outbox');
  const draw = () => Object.assign(store, told());
  onTaps(draw);
  everySecond(draw);
  draw();
  list().catch(() => undefined);
  watch(({ code }, changed) => changed && ended(code));
  document.getElementById('outbox-chip').addEventListener('click', () => open(false));
  for (const form of document.querySelectorAll('form[action="/logout"]')) {
    form.addEventListener('submit', leave);
  }
}

function told() {
  const waiting = lingering().length;
  const refused = taps.list.filter((tap) => tap.refusal).length;
  const words = [
    waiting && counted('outbox.waiting', waiting),
    refused && counted('outbox.refused', refused),
    !waiting && !refused && !taps.durable && say('outbox.cannot'),
  ];
  const calm = waiting && !refused && taps.durable;
  return {
    word: words.filter(Boolean).join(', '),
    count: waiting + refused || '',
    icon: calm ? '#i-clock' : '#i-alert',
    tone: calm ? 'calm' : 'urgent',
  };
}

/** Rights withdrawn: nothing of the orders stays here. What waits stays for the same person. */
async function ended(code) {
  if (code === SIGNED_OUT || code === GONE) await forgetBoards().catch(() => undefined);
  if (code !== GONE) return;
  const gone = taps.list.filter(({ location }) => location === page.location?.id);
  for (const tap of gone) await discard(tap);
}

/** It is fetched before it is wanted: without a connection it could not be. */
const list = () => import('heard/outboxsheet');

async function open(leaving) {
  const { show } = await list();
  show(leaving);
}

async function leave(event) {
  event.preventDefault();
  const form = event.target;
  document.getElementById('account')?.hidePopover();
  if (taps.list.some((tap) => !tap.refusal)) return open(() => signOut(form));
  signOut(form);
}

async function signOut(form) {
  await Promise.race([forget(), new Promise((done) => setTimeout(done, FORGETTING))]);
  form.submit();
}
