/** A tablet that waits to be let in: it asks every few seconds, more seldom when told so. */
const place = document.querySelector('#pairing [data-js="state"]');

async function ask() {
  const headers = { Accept: 'application/json' };
  const answer = await fetch('/pair/poll', { method: 'POST', headers }).catch(() => null);
  const told = answer?.ok ? await answer.json() : { state: 'pending', seconds: 10 };
  if (told.state === 'paired') return location.assign('/pair');
  if (told.state === 'expired') return void (place.textContent = place.dataset.expired);
  setTimeout(ask, told.seconds * 1000 + 200);
}

if (place) setTimeout(ask, 5200);
