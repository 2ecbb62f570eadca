/** The people of the organization: invite, change, shut out, let in again. */
import { asking, change, done, presses, undoable } from 'heard/office';
import { words } from 'heard/page';
import { say } from 'heard/words';

const dialog = document.getElementById('person');
const form = dialog.querySelector('form');
const places = form.querySelector('[data-js="places"]');
const said = words.office;

form.addEventListener('change', everywhere);

/** An admin works everywhere: there is nothing to choose. */
function everywhere() {
  places.hidden = form.elements.role.value === 'admin';
}

function filled(given) {
  const role = given.get('role');
  const locations = role === 'admin' ? [] : given.getAll('place').map(Number);
  const name = given.get('name').trim();
  return { role, ...(role === 'admin' ? {} : { locations }), ...(name ? { name } : {}) };
}

async function invite() {
  form.reset();
  titled(said.invite, said.send, false);
  const person = await asking(dialog, (given) =>
    change('POST', '/people', { email: given.get('email').trim(), ...filled(given) }, form));
  if (person) await done(say('office.invited', person));
}

async function edit({ dataset }) {
  form.reset();
  titled(say('office.edit', dataset), said.save, true);
  form.elements.email.value = dataset.email;
  form.elements.name.value = dataset.name;
  form.elements.role.value = dataset.role;
  for (const box of form.querySelectorAll('[name="place"]')) {
    box.checked = dataset.places.split(' ').includes(box.value);
  }
  everywhere();
  const person = await asking(dialog, (given) =>
    change('PATCH', `/people/${dataset.key}`, filled(given), form));
  if (person) await done(say('office.saved', person));
}

function titled(head, word, known) {
  form.querySelector('[data-js="head"]').textContent = head;
  form.querySelector('[data-js="do"]').textContent = word;
  form.elements.email.readOnly = known;
  everywhere();
}

async function act(verb, { dataset }, text) {
  const person = await change('POST', `/people/${dataset.key}/${verb}`, {});
  if (person) await done(say(text, person));
  return person;
}

presses({
  invite,
  edit,
  again: (row) => act('invite', row, 'office.invited'),
  clear: (row) => act('clear_pin', row, 'office.saved'),
  enable: (row) => act('enable', row, 'office.enabled'),
  async disable(row) {
    const person = await act('disable', row, 'office.disabled');
    if (person) undoable(say('office.disabled', person), () => act('enable', row, 'office.enabled'));
  },
});
