/** Signing in: show the password, warn of caps lock, take one press for one. */
const form = document.getElementById('login');
const password = form.elements.password;
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

let sent = false;
form.addEventListener('submit', (event) => {
  if (sent) return event.preventDefault();
  sent = true;
  password.type = 'password';
  form.querySelector('[data-js="go"]').setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => {
  sent = false;
  form.querySelector('[data-js="go"]').removeAttribute('aria-busy');
});
