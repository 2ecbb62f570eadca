/** What a row says beside its order: undo, a conflict, where it went. */
import { cards } from 'heard/cards';
import { attr, blank, text } from 'heard/fill';
import { isBusy, noteOf, undoLeft } from 'heard/moves';
import { lingers } from 'heard/pending';
import { renewed } from 'heard/press';
import { say } from 'heard/words';

const said = new WeakMap(); // what each button did when it was last looked at

/** For the seconds in which a move can be taken back, its button says so. */
export function undoing(id, code) {
  const left = undoLeft(id);
  if (!left) return {};
  const verb = say('row.undo', { seconds: Math.ceil(left / 1000) });
  return { does: 'undo', to: '', verb, act: say('act', { verb, code }) };
}

/** Put a row's note and standing on top of what its order says. */
export function dress(row, id) {
  const button = row.querySelector('.row__next');
  const does = `${button.dataset.act} ${button.dataset.to}`;
  if (said.has(button) && said.get(button) !== does) renewed(button);
  said.set(button, does);
  button.classList.toggle('row__undo', button.dataset.act === 'undo');
  row.toggleAttribute('data-busy', isBusy(id));
  wait(row, lingers(id));
  annotate(row, id, noteOf(id) ?? ghost(row));
}

/** Beside the stage: that it is not so yet for the others. */
export function wait(place, is) {
  const had = place.querySelector('.pill--waits');
  if (is && !had) place.querySelector('.pill').after(blank('tpl-waits'));
  if (!is) had?.remove();
}

/** Fill the place for notes: one sentence, and the ways on. */
export function annotate(place, id, note) {
  const had = place.querySelector(':scope > .note');
  if (!note) return had?.remove();
  const node = had ?? place.appendChild(blank('tpl-note'));
  attr(node, 'data-tone', note.tone);
  text(node.querySelector('.note__text'), note.text);
  const words = note.choices.map(({ word }) => word).join('|');
  if (node.dataset.words === words) return;
  node.dataset.words = words;
  node.querySelectorAll('.btn').forEach((button) => button.remove());
  node.append(...note.choices.map((choice) => choiceButton(choice, id)));
}

function choiceButton({ act, word }, id) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn';
  button.dataset.act = act;
  button.textContent = word;
  renewed(button);
  const code = cards.get(id)?.code;
  if (code) button.setAttribute('aria-label', say('act', { verb: word, code }));
  return button;
}

/** Where an order went that somebody else moved out of this list. */
function ghost(row) {
  if (!row.dataset.ghost || row.dataset.ghost === 'own') return null;
  return { tone: 'ghost', text: row.dataset.ghost, choices: [] };
}
