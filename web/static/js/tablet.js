/** At a paired device: say that it is there, and lock when nobody has touched it for a while. */
import { post } from 'heard/api';

const BEAT = 60_000;
const IDLE = 5 * 60_000;
const leave = document.querySelector('form[action="/logout"]');
let timer = 0;

function touched() {
  clearTimeout(timer);
  if (leave) timer = setTimeout(() => leave.submit(), IDLE);
}

async function beat() {
  const { status } = await post('/devices/self/beat', {});
  if (status === 401 || status === 403) location.assign('/switch');
}

for (const name of ['pointerdown', 'keydown']) addEventListener(name, touched, { passive: true });
touched();
beat();
setInterval(beat, BEAT);
