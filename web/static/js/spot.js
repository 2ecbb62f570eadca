/** Where somebody was in the list: found again when the page is loaded again or comes back. */
import { unfold, unfolded } from 'heard/folds';

const KEPT = 'heard.spot';
const TRIES = 3;
const BACK = ['reload', 'back_forward'];

/** What was kept of this address, if the page is loaded again or gone back to. */
function remembered() {
  const [entry] = performance.getEntriesByType('navigation');
  const spot = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
  return BACK.includes(entry?.type) && spot?.address === address() ? spot : null;
}

/** Keep the place when the page goes; find it again once `arranged` has its rows. */
export function keepSpot(arranged) {
  const spot = remembered();
  history.scrollRestoration = 'manual';
  addEventListener('pagehide', () => sessionStorage.setItem(KEPT, JSON.stringify(here())));
  if (!spot) return;
  unfold(spot.unfolded);
  arranged.force();
  frames(TRIES, () => go(arranged, spot));
}

function go(arranged, { key, top, y }) {
  const row = key && arranged.reveal(key);
  const to = row ? scrollY + row.getBoundingClientRect().top - top : y;
  if (to !== scrollY) scrollTo({ top: to, behavior: 'instant' });
}

/** Rows are only as high as they will be once they have been in sight: look again. */
function frames(left, act) {
  requestAnimationFrame(() => {
    act();
    if (left > 1) frames(left - 1, act);
  });
}

/** The row at the top of what is seen, and how far down it is. */
function here() {
  const at = { address: address(), y: scrollY, unfolded: unfolded() };
  if (!scrollY) return at;
  const edge = document.getElementById('slot').getBoundingClientRect().bottom;
  for (const row of document.querySelectorAll('.row')) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return { ...at, key: row.dataset.key, top };
  }
  return at;
}

const address = () => location.pathname + location.search;
