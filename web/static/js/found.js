/** What a scan was answered, and the one button that hands the order out. */
import { cards, isOpen, onCards, put } from 'heard/cards';
import { everySecond, today } from 'heard/clock';
import { fill, toggle } from 'heard/fill';
import { advance, may, noteOf, onMoves, shown, undo, undoLeft } from 'heard/moves';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { view } from 'heard/view';
import { clock, say } from 'heard/words';

const OUT = ['done', 'out'];
const BLANK = { code: '', name: '', goods: '', label: '', icon: 'ring', role: '' };

/** The part of the sheet that answers. */
export function answers(place) {
  const at = (name) => place.querySelector(`[data-js="${name}"]`);
  const own = place.querySelector('.found');
  let told = null;

  /** Show an answer: `order`, `verdict` and `place` from the server, or only words. */
  function show(answer) {
    told = answer;
    if (told.verdict === 'here') put(told.order);
    paint();
    return { tone: own.dataset.tone, said: own.querySelector('[data-f="said"]').textContent };
  }

  /** The order as it is by now. */
  function order() {
    if (!told?.order) return null;
    const known = told.verdict === 'elsewhere' ? null : cards.has(told.order.id) && shown(told.order.id);
    return known && known.version >= told.order.version ? known : told.order;
  }

  function paint() {
    own.hidden = !told;
    if (!told) return;
    const card = order();
    const step = told.verdict === 'here' && card && handing(card);
    own.dataset.tone = tone(card);
    fill(own, { ...BLANK, ...(card && view(card, scene())), said: said(card) });
    for (const name of ['.found__head', '.found__goods', '.found__stage']) {
      toggle(own.querySelector(name), !card);
    }
    offer(at('go'), step && say('scan.hand', { code: card.code }), step && !may(step));
    offer(at('undo'), told.mine && card && undoLeft(card.id) > 0 && words.scan.undo);
    toggle(at('open'), !card);
    if (card) at('open').href = card.href;
  }

  function tone(card) {
    if (!card || told.verdict === 'elsewhere') return 'wrong';
    return told.mine || (told.verdict === 'here' && isOpen(card)) ? 'ok' : 'already';
  }

  function said(card) {
    if (!card) return told.said ?? words.scan.unknown;
    const now = standing(card);
    return told.unchecked ? say('scan.unchecked', { said: now }) : now;
  }

  function standing(card) {
    const note = noteOf(card.id)?.text;
    if (note) return note;
    if (told.verdict === 'elsewhere') return say('scan.elsewhere', { place: told.place.name });
    const label = card.label.toLowerCase();
    if (told.mine && !isOpen(card)) return say('scan.handed', { code: card.code, label });
    if (isOpen(card)) return handing(card) ? words.scan.here : say('scan.early', { label });
    const { at: moved, by } = card.moved ?? {};
    const time = clock(moved ?? card.ended_at ?? card.placed_at, today());
    return by ? say('scan.ended_by', { label, time, name: by }) : say('scan.ended', { label, time });
  }

  function go() {
    const card = order();
    const step = card && handing(card);
    if (!step || !may(step)) return;
    told.mine = true;
    advance(card.id, step);
  }

  at('go').addEventListener('click', go);
  at('undo').addEventListener('click', () => {
    told.mine = false;
    undo(told.order.id);
  });
  const renew = () => told && paint();
  onMoves(renew);
  onCards(renew);
  everySecond(renew);
  function clear() {
    told = null;
    paint();
  }

  return { show, clear, go: () => at('go') };
}

/** The step that gives the order to its customer, or sends it off. */
function handing(card) {
  const { rights } = scene();
  const steps = (card.next ?? []).filter(
    ({ back, kind, requires, right }) => !back && OUT.includes(kind) && !requires.length && rights.has(right),
  );
  return steps.find(({ kind }) => kind === 'done') ?? steps[0];
}

function offer(button, word, barred = false) {
  if (word && button.textContent !== word) button.textContent = word;
  toggle(button, !word);
  button.disabled = barred;
}
