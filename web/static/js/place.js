/** What happens to the page when the location, the build or the sign-in changes under it. */
import { everySecond } from 'heard/clock';
import { text } from 'heard/fill';
import { judge } from 'heard/lamp';
import { page } from 'heard/page';
import { relook, scene } from 'heard/scene';
import { showStatus } from 'heard/status';

const SIGNED_OUT = 4500;
const GONE = 4501;
const NEW_BUILD = 4503;
const LATELY = 60_000;

/** A location has another name, another state, other minutes. */
export function placeChanged(place, renew) {
  if (page.places) return oneOfMany(place, renew);
  if (another(place, page.location)) return reload(NEW_BUILD, () => false);
  page.location = { ...page.location, ...place };
  relook({ prep: place.prep_minutes });
  text(document.querySelector('.place__name'), place.name);
  showStatus(place.status);
  reword(place);
  renew();
}

/** Another flow has other filters, another time zone other days: the page is another one. */
const another = (place, before) =>
  place.flow !== before.flow || place.timezone !== before.timezone;

/** The stages of a flow have other names: in the filters at once, on the rows with their cards. */
function reword({ flow, labels }) {
  page.labels = { ...page.labels, [flow]: labels };
  const shown = (page.places ?? [page.location]).map((place) => place.flow);
  for (const stage of page.stages ?? []) {
    if (shown.find((name) => stage.key in page.labels[name]) !== flow) continue;
    stage.label = labels[stage.key];
    const item = document.querySelector(`#strip [data-stage="${stage.key}"] [data-f="name"]`);
    if (item) text(item, stage.label);
  }
}

/** On the board of all locations only the rows say where they are. */
function oneOfMany(place, renew) {
  const { places } = scene();
  if (another(place, places[place.id])) return reload(NEW_BUILD, () => false);
  relook({ places: { ...places, [place.id]: place } });
  reword(place);
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
