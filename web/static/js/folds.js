/** The groups below the list: what waits for its time, and what is over. Folded until asked for. */
import { filter, narrow } from 'heard/filter';
import { text } from 'heard/fill';
import { Rows } from 'heard/rows';

const NAMES = ['scheduled', 'ended'];
const opened = new Set();

/** Which of them the person has opened, and opening them: kept with the place in the list. */
export const unfolded = () => [...opened];
export const unfold = (names) => names.forEach((name) => opened.add(name));

export function folds(force) {
  const lists = NAMES.map((name) => ({
    name,
    place: document.getElementById(`fold-${name}`),
    rows: new Rows(document.getElementById(name)),
  }));
  const isOpen = (name) => filter.stage === 'all' && (narrow() || opened.has(name));

  for (const { name, place } of lists) {
    place.querySelector('[data-fold]').addEventListener('click', () => {
      if (!opened.delete(name)) opened.add(name);
      force();
    });
  }

  /** Show what is unfolded; `above` are the orders that stand in the list itself. */
  function arrange(groups, above, anew) {
    for (const { name, rows } of lists) {
      rows.arrange(isOpen(name) ? groups[name].filter((id) => !above.has(id)) : [], anew);
    }
  }

  /** Say how many there are, at once and whoever is at the list; which of them are open. */
  function tell(groups) {
    for (const { name, place } of lists) {
      const button = place.querySelector('[data-fold]');
      const is = String(isOpen(name));
      if (button.getAttribute('aria-expanded') !== is) button.setAttribute('aria-expanded', is);
      text(place.querySelector('[data-js="count"]'), String(groups[name].length));
      place.hidden = !groups[name].length;
    }
    return lists.filter(({ name }) => isOpen(name)).map(({ name }) => name);
  }

  return { arrange, tell, rows: lists.map(({ rows }) => rows) };
}
