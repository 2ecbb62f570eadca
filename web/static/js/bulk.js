/** What is done with several orders at once: one after the other, with the result in words. */
import { print } from 'heard/errands';
import { advance, isBusy, may, noteOf, onMoves, shown, undo, undoLeft } from 'heard/moves';
import { lingers } from 'heard/pending';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { prepOf, primary } from 'heard/view';
import { counted, say } from 'heard/words';

const ANSWER = 12_000; // then the next one; its row says how it ended
const SHORT = 20;

/** Fill the bar. `on` has chosen (the ids), pickAll, follow, done. */
export function bulk(bar, on) {
  let said = ''; // how the last round ended
  let moved = [];
  let running = false;
  let mark = '';

  /** The steps that the selected orders can take next, each with those that can. */
  function steps() {
    const found = new Map();
    for (const id of on.chosen) {
      const card = shown(id);
      const step = card && primary(card, scene().rights);
      if (!step || !takes(step)) continue;
      const known = found.get(step.to) ?? { step, ids: [] };
      known.ids.push(id);
      found.set(step.to, known);
    }
    return [...found.values()];
  }

  async function go({ step, ids }) {
    running = true;
    const told = { done: [], waits: [], refused: [] };
    for (const [n, id] of ids.entries()) {
      said = say('bulk.moving', { count: n + 1, all: ids.length });
      draw();
      told[await one(id, step.to)].push(id);
    }
    running = false;
    moved = [...told.done, ...told.waits];
    for (const id of moved) on.chosen.delete(id);
    said = inWords(told, step.label);
    sayNow(said);
    on.follow();
  }

  async function takeBack() {
    const ids = undoable();
    moved = [];
    for (const id of ids) await undo(id);
    said = '';
    on.follow();
  }

  const undoable = () => moved.filter((id) => undoLeft(id) > 0);

  function draw() {
    const offered = running ? [] : steps();
    const back = running ? 0 : undoable().length;
    const news = [on.chosen.size, said, back, ...offered.map(({ step, ids }) => step.label + ids.length)];
    if (news.join('|') === mark) return;
    mark = news.join('|');
    const { activeElement: at } = document;
    const focused = bar.contains(at) ? at.dataset.js : null;
    bar.replaceChildren(sentence(), ...offered.map(mover), ...(back ? [undoer(back)] : []), ...rest());
    if (focused) (bar.querySelector(`[data-js="${focused}"]`) ?? bar.querySelector('button')).focus();
  }

  function sentence() {
    const line = document.createElement('p');
    line.className = 'picked__said';
    line.textContent = [counted('bulk.count', on.chosen.size), said].filter(Boolean).join(' · ');
    return line;
  }

  const mover = (group, n) => {
    const { step, ids } = group;
    const word = say('bulk.mark', { count: ids.length, label: step.label });
    return button(`go${n}`, word, () => go(group), 'btn btn--primary');
  };
  const undoer = (count) => button('undo', say('bulk.undo', { count }), takeBack);
  const rest = () => [
    ...(on.chosen.size && !running
      ? [button('print', say('bulk.print', { count: on.chosen.size }), () => print([...on.chosen]))]
      : []),
    button('all', words.bulk.all, on.pickAll),
    button('close', words.bulk.close, on.done),
  ];

  onMoves(() => bar.hidden || draw());
  return { draw };
}

/** Steps that have to be told something first are taken one by one. */
const takes = (step) => may(step) && step.requires.every((need) => need === 'prep_minutes');

/** Move one order, and wait until it is answered or kept for later. */
async function one(id, to) {
  const card = shown(id);
  const step = card?.next.find((next) => next.to === to);
  if (!step) return 'refused';
  const prep = step.requires.length ? { prep_minutes: prepOf(card, scene()) } : {};
  await advance(id, step, prep);
  await settled(id);
  if (noteOf(id)) return 'refused';
  return lingers(id) ? 'waits' : 'done';
}

function settled(id) {
  return new Promise((done) => {
    const until = performance.now() + ANSWER;
    const look = () => {
      if (!isBusy(id) || lingers(id) || performance.now() > until) return done();
      setTimeout(look, SHORT);
    };
    look();
  });
}

function inWords({ done, waits, refused }, label) {
  const parts = Object.entries({ done, waits, refused }).filter(([, ids]) => ids.length);
  return parts.map(([how, ids]) => counted(`bulk.${how}`, ids.length, { label })).join(', ');
}

function button(name, word, act, look = 'btn') {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = look;
  node.dataset.js = name;
  node.textContent = word;
  node.addEventListener('click', act);
  return node;
}
