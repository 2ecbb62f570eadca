/** What a press or a key does with an order. */
import { ask } from 'heard/ask';
import { cards } from 'heard/cards';
import { connected } from 'heard/lamp';
import { openMenu } from 'heard/menu';
import { advance, dismiss, lastUndoable, noteOf, undo } from 'heard/moves';
import { page, words } from 'heard/page';
import { scene } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { primary } from 'heard/view';

/** `on.open(id)` shows an order's details. */
export function acting(on) {
  const chosen = (id, kind) => noteOf(id)?.choices.find(({ act }) => act === kind);

  const named = {
    advance: (id, button) => go(id, stepTo(id, button.dataset.to)),
    undo,
    menu: (id, button) => openMenu(id, button, { step: go, open: on.open, copy }),
    dismiss,
    anyway: (id) => go(id, chosen(id, 'anyway')?.step),
    again: (id) => chosen(id, 'again')?.retry(),
  };

  /** Take a step; `other` asks for minutes even where the usual ones would do. */
  async function go(id, step, other = false) {
    if (!step || !connected() || !scene().rights.has(step.right)) return;
    const usual = step.to === 'accepted' && !other;
    const fields = usual ? { prep_minutes: scene().prep } : await ask(cards.get(id), step);
    if (fields) advance(id, step, fields);
  }

  const keys = {
    forward: (id) => go(id, primary(cards.get(id), scene().rights)),
    back: (id) => go(id, cards.get(id)?.next.find((step) => step.back)),
    stage: (id, number) => go(id, stepTo(id, page.stages[number - 1]?.key)),
    undo: () => connected() && lastUndoable() && undo(lastUndoable()),
  };

  return { press: (name, id, button) => named[name]?.(id, button), keys };
}

const stepTo = (id, to) => cards.get(id)?.next.find((step) => step.to === to);

async function copy(id) {
  await navigator.clipboard.writeText(new URL(cards.get(id).href, location.origin).href);
  sayNow(words.speech.copied);
}
