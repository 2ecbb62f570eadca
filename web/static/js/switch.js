/** The PIN pad of a shared tablet: who is here now. */
import { post } from 'heard/api';

const root = document.getElementById('switch');
const pad = document.getElementById('pad');
const pin = document.getElementById('pin');
const wrong = document.getElementById('wrong');
let person = null;

root.addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.dataset.person) choose(button);
  if (button?.dataset.digit) pin.value = (pin.value + button.dataset.digit).slice(0, 6);
  if (button?.dataset.digit === '') pin.value = pin.value.slice(0, -1);
});

function choose(button) {
  person = Number(button.dataset.person);
  for (const other of root.querySelectorAll('[data-person]')) {
    other.setAttribute('aria-pressed', String(other === button));
  }
  pad.hidden = false;
  pin.value = '';
  complain('');
  pin.focus();
}

pad?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const go = pad.querySelector('[data-js="go"]');
  if (go.disabled) return;
  go.disabled = true;
  const answer = await post('/devices/self/sign_in', { person, pin: pin.value });
  go.disabled = false;
  if (answer.status === 200) return location.assign(root.dataset.home);
  pin.value = '';
  complain(answer.body.detail ?? '…');
  pin.focus();
});

function complain(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
}
