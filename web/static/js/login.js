/** Forms at the door: show the password, warn of caps lock, take one press for one. */
import { forgetBoards, wipe } from 'heard/store';

const form = document.getElementById('login');
const password = form?.elements.password;
const go = form?.querySelector('[data-js="go"]');
let sent = false;

if (password) {
  const show = form.querySelector('[data-js="show"]');
  const caps = document.getElementById('caps');
  show.hidden = false;
  show.addEventListener('click', () => {
    const visible = password.type === 'text';
    password.type = visible ? 'password' : 'text';
    show.setAttribute('aria-pressed', String(!visible));
    show.textContent = visible ? show.dataset.show : show.dataset.hide;
    password.focus();
  });
  password.addEventListener('keydown', (event) => {
    caps.hidden = !event.getModifierState?.('CapsLock');
  });
}

form?.addEventListener('submit', (event) => {
  if (sent) return event.preventDefault();
  sent = true;
  if (password) password.type = 'password';
  go.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => {
  sent = false;
  go?.removeAttribute('aria-busy');
});

// nobody is signed in: no orders stay here, and of whoever signed out nothing does
const out = new URLSearchParams(location.search).get('told') === 'out';
(out ? wipe() : forgetBoards()).catch(() => undefined);
