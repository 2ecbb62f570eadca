/** The paired devices: let in by a code, renamed, shut out. */
import { asking, change, done, presses, renew } from 'heard/office';
import { page, words } from 'heard/page';
import { say } from 'heard/words';

const $ = (id) => document.getElementById(id);
const form = $('device').querySelector('form');
const said = words.office;
const EVERY = 60_000; // as often as devices say that they are there

/** The code, checked: what the device that shows it says it is. */
async function coded(code = '') {
  const typed = $('code').querySelector('form');
  typed.reset();
  typed.elements.code.value = code;
  return asking($('code'), async (given) => {
    const about = await change('POST', '/pairings', { code: given.get('code') }, typed);
    return about && { ...about, code: given.get('code') };
  });
}

function titled(head, about, word) {
  form.querySelector('[data-js="head"]').textContent = head;
  form.querySelector('[data-js="about"]').textContent = about;
  form.querySelector('[data-js="do"]').textContent = word;
}

function filled(given) {
  const { name, location, profile } = Object.fromEntries(given);
  return { name: name.trim(), location: Number(location), profile };
}

async function pair(_, button) {
  const found = await coded(button.dataset.code);
  if (!found) return;
  form.reset();
  titled(said.let_in, say('office.asks', found), said.let_in_do);
  const device = await asking($('device'), (given) =>
    change('POST', '/devices', { code: found.code, ...filled(given) }, form));
  if (device) await done(say('office.paired', device));
}

async function edit({ dataset }) {
  form.reset();
  titled(say('office.edit', dataset), '', said.save);
  form.elements.name.value = dataset.name;
  form.elements.location.value = dataset.place;
  form.elements.profile.value = dataset.profile;
  const device = await asking($('device'), (given) =>
    change('PATCH', `/devices/${dataset.key}`, filled(given), form));
  if (device) await done(say('office.saved', device));
}

presses({
  pair,
  edit,
  async again({ dataset }) {
    const found = await coded();
    if (!found) return;
    const device = await change('POST', `/devices/${dataset.key}/pair`, { code: found.code });
    if (device) await done(say('office.paired', device));
  },
  async revoke({ dataset }) {
    const device = await change('POST', `/devices/${dataset.key}/revoke`, {});
    if (device) await done(say('office.revoked', device));
  },
});

setInterval(renew, EVERY);
const shown = document.querySelector('[data-act="pair"]');
if (shown.dataset.code && page.channel) shown.click();
