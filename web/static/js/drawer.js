/** One order beside the list, or as a page of its own: details, moves, history. */
import { get } from 'heard/api';
import { cards } from 'heard/cards';
import { details } from 'heard/details';
import { blank, fill, fillLists } from 'heard/fill';
import { connected } from 'heard/lamp';
import { isBusy, noteOf, shown, undoLeft } from 'heard/moves';
import { annotate, wait } from 'heard/notes';
import { page, words } from 'heard/page';
import { lingers } from 'heard/pending';
import { presses, renewed } from 'heard/press';
import { takes } from 'heard/queue';
import { scene } from 'heard/scene';

const SOON = 250; // several events of one order in a row ask for its history once

/** A sheet that shows one order. `act` is told of presses in it. */
export function sheet(place, act) {
  let article = place.querySelector('.details');
  let known = { id: article?.dataset.key ?? null, version: 0, past: page.history ?? null };
  let timer = 0;
  const offered = new WeakMap();
  presses(place, act);

  function show(id) {
    known = { id, version: 0, past: null };
    article ??= place.appendChild(blank('tpl-details'));
    paint();
    place.scrollTop = 0;
  }

  function paint() {
    const card = known.id && shown(known.id);
    if (!card || !article) return;
    const v = details(card, scene(), known.past);
    v.undo = !isBusy(known.id) && (v.undo || undoLeft(known.id) > 0);
    fill(article, v);
    fillLists(article, v);
    article.querySelectorAll('[data-act]').forEach(aged);
    wait(article.querySelector('.details__state'), lingers(known.id));
    annotate(article.querySelector('[data-js="note"]'), known.id, noteOf(known.id));
    allow();
    remember(card);
  }

  /** A button that now leads elsewhere cannot have been aimed at. */
  function aged(button) {
    const offer = `${button.dataset.to} ${button.hidden}`;
    if (offered.has(button) && offered.get(button) !== offer) renewed(button);
    offered.set(button, offer);
  }

  /** Without a connection some moves cannot be made, or none, and the sheet says why. */
  function allow() {
    const moves = article?.querySelector('[data-js="moves"]');
    if (!moves) return;
    moves.disabled = !takes();
    for (const button of moves.querySelectorAll('.btn--danger')) button.disabled = !connected();
    const why = moves.querySelector('[data-js="why"]');
    why.textContent = takes() ? words.drawer.why : words.drawer.never;
    why.hidden = !moves.querySelector('button:disabled:not([hidden])');
    const acts = article.querySelectorAll('.issue__acts .btn');
    for (const button of acts) button.disabled = !connected();
    article.querySelector('[data-js="unsettled"]').hidden = connected() || !acts.length;
  }

  function remember(card) {
    if (card.version === known.version || isBusy(known.id)) return;
    const first = known.version === 0 && page.history && known.past;
    known.version = card.version;
    clearTimeout(timer);
    if (!first) timer = setTimeout(recall, known.past ? SOON : 0, known.id);
  }

  async function recall(id) {
    tell(known.past ? '' : words.drawer.loading);
    const { status, body } = await get(`/orders/${id}`);
    if (known.id !== id) return;
    if (status !== 200) return tell(words.drawer.failed);
    known.past = body.history;
    tell('');
    paint();
  }

  function tell(text) {
    const line = article.querySelector('[data-js="past"]');
    line.textContent = text;
    line.hidden = !text;
  }

  function clear() {
    clearTimeout(timer);
    known = { id: null, version: 0, past: null };
    article?.remove();
    article = null;
  }

  return {
    show,
    paint,
    allow,
    clear,
    showing: () => known.id,
    has: (ids) => known.id && (!ids || ids.includes(known.id)) && cards.has(known.id),
    head: () => article?.querySelector('.details__title'),
  };
}
