/** One's own account: the password, the PIN, and where one is signed in. */
import { change, done, presses, renew } from 'heard/office';
import { words } from 'heard/page';

const $ = (id) => document.getElementById(id);

function sends(form, method, path, told) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { username: _, ...given } = Object.fromEntries(new FormData(form));
    form.querySelector('[data-js="told"]').textContent = '';
    if (!(await change(method, path, given, form))) return;
    form.reset();
    form.querySelector('[data-js="told"]').textContent = told;
    await renew();
  });
}

sends($('change-password'), 'POST', '/account/password', words.office.password);
sends($('change-pin'), 'PUT', '/account/pin', words.office.pin);
presses({
  async end({ dataset }) {
    if (await change('POST', `/account/sessions/${dataset.key}/end`, {})) await done(words.office.ended);
  },
  async 'end-others'() {
    if (await change('POST', '/account/sessions/end', {})) await done(words.office.ended);
  },
  async 'no-pin'() {
    const form = $('change-pin');
    if (!(await change('PUT', '/account/pin', { pin: null }, form))) return;
    form.querySelector('[data-js="told"]').textContent = words.office.no_pin;
  },
});
