/** What a press or a key does with an order. */
import { ask } from 'heard/asks';
import { cards } from 'heard/cards';
import { offer, openMenu } from 'heard/menu';
import { advance, dismiss, lastUndoable, may, noteOf, shown, undo } from 'heard/moves';
import { page, words } from 'heard/page';
import { scene } from 'heard/scene';
import { prepOf, primary } from 'heard/view';

const more = new Map();

/** A further thing that a press of a `data-act` can do: `act(id, button)`. */
export const action = (name, act) => more.set(name, act);

/** `on.open(id)` shows an order's details. */
export function acting(on) {
  const chosen = (id, kind) => noteOf(id)?.choices.find(({ act }) => act === kind);

  const named = {
    advance: (id, button) => go(id, stepTo(id, button.dataset.to)),
    undo,
    menu: (id, button) => openMenu(id, button, { step: go }),
    dismiss,
    anyway,
  };

  /** Take a step; `other` asks for minutes even where the usual ones would do. */
  async function go(id, step, other = false) {
    if (!step || !may(step) || !scene().rights.has(step.right)) return;
    const usual = step.to === 'accepted' && !other;
    const prep = () => ({ prep_minutes: prepOf(cards.get(id), scene()) });
    const fields = usual ? prep() : await ask(cards.get(id), step);
    if (fields) advance(id, step, fields);
  }

  /** Their change is known now; ours is made all the same. */
  function anyway(id) {
    const choice = chosen(id, 'anyway');
    if (choice && may(choice.step)) advance(id, choice.step, choice.fields);
  }

  const keys = {
    forward: (id) => go(id, primary(shown(id), scene().rights)),
    back: (id) => go(id, shown(id)?.next.find((step) => step.back)),
    stage: (id, number) => go(id, stepTo(id, stagesOf(id)[number - 1])),
    undo: () => lastUndoable() && undo(lastUndoable()),
  };

  const details = { rank: 10, word: words.menu.details, icon: 'document', act: on.open };
  if (on.open) offer(details);
  return { press: (name, id, button) => (named[name] ?? more.get(name))?.(id, button), keys };
}

const stagesOf = (id) => Object.keys(page.labels[shown(id)?.flow] ?? {});
const stepTo = (id, to) => shown(id)?.next.find((step) => step.to === to);
