/** What happens to the page when the location, the build or the sign-in changes under it. */
import { everySecond } from 'heard/clock';
import { text } from 'heard/fill';
import { judge } from 'heard/lamp';
import { page } from 'heard/page';
import { relook } from 'heard/scene';

const SIGNED_OUT = 4500;
const GONE = 4501;
const NEW_BUILD = 4503;
const LATELY = 60_000;

/** The location has another name, another state, other minutes. */
export function placeChanged(place, renew) {
  if (place.flow !== page.location.flow) return reload(NEW_BUILD, () => false);
  page.location = { ...page.location, ...place };
  relook({ prep: place.prep_minutes });
  text(document.querySelector('.place__name'), place.name);
  const { state, until } = place.status;
  const pill = document.getElementById('status');
  if (pill) {
    pill.dataset.role = state;
    pill.hidden = state === 'open';
    const word = state.charAt(0).toUpperCase() + state.slice(1);
    const words = until ? `${word} until ${until.slice(11, 16)}` : word;
    text(pill.querySelector('[data-f="status"]'), words);
  }
  renew();
}

/** A newer build of the page is served: load it as soon as nobody is at the list. */
export function reload(code, busy) {
  if (code !== NEW_BUILD) return;
  const before = Number(sessionStorage.getItem('reloaded') ?? 0);
  if (Date.now() - before < LATELY) return;
  everySecond(() => {
    if (busy() || document.querySelector('dialog[open]')) return;
    sessionStorage.setItem('reloaded', Date.now());
    location.reload();
  });
}

/** What the button of the banner does: try again, sign in, or load anew. */
export function wayOut(wake) {
  const { state, code } = judge();
  if (state !== 'ended') return wake();
  if (code === SIGNED_OUT) return location.assign(`/login?next=${encodeURIComponent(here())}`);
  if (code === GONE) return location.assign('/board');
  location.reload();
}

const here = () => location.pathname + location.search;
