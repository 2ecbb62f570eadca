/** What a move needs to know first: minutes, a reason, a courier. Cancelling asks once more. */
import { words } from 'heard/page';
import { scene } from 'heard/scene';

const COURIERS = 'heard.couriers';
const COURIERS_KEPT = 5;
const SHORTEST = 5;
const LONGEST = 240;

/** Ask for what the step requires; `read` fills the form and returns what reads it. Null: no. */
export async function ask(card, step, read = readers[step.to] ?? plain) {
  const dialog = document.getElementById(`ask-${step.to}`);
  if (!dialog || !step.requires.length) return {};
  const form = dialog.querySelector('form');
  form.reset();
  const head = dialog.querySelector('[data-f="head"]');
  head.dataset.word ??= head.textContent.replace('?', '');
  const mark = step.kind === 'void' ? '?' : '';
  head.textContent = `${head.dataset.word} ${card.code}${mark}`;
  const answer = read(form);
  const origin = document.activeElement;
  dialog.showModal();
  first(dialog, step).focus();
  return new Promise((done) => {
    const close = (value) => {
      dialog.close();
      stop.abort();
      origin?.focus({ preventScroll: true });
      done(value);
    };
    const stop = new AbortController();
    const { signal } = stop;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      close(answer());
    }, { signal });
    form.querySelector('[data-js="keep"]').addEventListener('click', () => close(null), { signal });
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      close(null);
    }, { signal });
    dialog.addEventListener('click', ({ target }) => {
      if (target === dialog && !dirty(form)) close(null);
    }, { signal });
  });
}

/** The safe button first where the step ends the order; else the first thing to fill in. */
function first(dialog, step) {
  if (step.kind === 'void') return dialog.querySelector('[data-js="keep"]');
  return dialog.querySelector('input, textarea') ?? dialog.querySelector('[data-js="do"]');
}

const plain = (form) => () => Object.fromEntries([...new FormData(form)].filter(([, v]) => v));

const readers = {
  accepted(form) {
    let minutes = scene().prep;
    const shown = form.querySelector('[data-js="minutes"]');
    const presets = [...form.querySelectorAll('[data-minutes]')];
    const show = (next) => {
      minutes = Math.min(Math.max(next, SHORTEST), LONGEST);
      shown.textContent = words.minutes.replace('{minutes}', minutes);
      for (const button of presets) {
        button.setAttribute('aria-pressed', String(+button.dataset.minutes === minutes));
      }
    };
    form.onclick = ({ target }) => {
      const button = target.closest('button');
      if (button?.dataset.minutes) show(+button.dataset.minutes);
      if (button?.dataset.step) show(minutes + +button.dataset.step);
    };
    show(minutes);
    return () => ({ prep_minutes: minutes });
  },
  shipped(form) {
    const known = JSON.parse(localStorage.getItem(COURIERS) ?? '[]');
    form.querySelector('datalist').replaceChildren(...known.map((name) => new Option(name)));
    form.courier.value = known[0] ?? '';
    return () => {
      const fields = plain(form)();
      const names = [fields.courier, ...known.filter((name) => name !== fields.courier)];
      localStorage.setItem(COURIERS, JSON.stringify(names.slice(0, COURIERS_KEPT)));
      return fields;
    };
  },
};

const dirty = (form) => [...form.elements].some((field) => field.checked || field.value?.trim());
