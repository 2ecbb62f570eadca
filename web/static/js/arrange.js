/** When rows come, go and change places: at once, or when nobody is at the list any more. */
import { cards, found, onCards } from 'heard/cards';
import { elsewhere, inSequence, wanted } from 'heard/filter';
import { glide, places } from 'heard/glide';
import { onMoves, shown, undoLeft } from 'heard/moves';
import { rowsMoved } from 'heard/press';
import { Rows } from 'heard/rows';
import { say } from 'heard/words';

const FRESH = 2_000;

/** Keep two lists in order: what the filter shows, and what a search finds beyond it. */
export function arranging(main, older, held, tell) {
  const rows = new Rows(main);
  const beyond = new Rows(older);
  const dirty = new Set();
  let frame = 0;
  let forced = false;
  let calm = true; // the next settling is the person's own doing: nothing is marked as new

  function touch(id) {
    dirty.add(id);
    frame ||= requestAnimationFrame(work);
  }

  /** Settle at once, whoever is at the list: they asked for it. */
  function force() {
    forced = true;
    frame ||= requestAnimationFrame(work);
  }

  function work() {
    frame = 0;
    const ids = wanted();
    if (forced || !held()) settle(ids);
    else wait(ids);
    for (const id of dirty) paint(id);
    dirty.clear();
    forced = false;
    calm = false;
    beyond.arrange(inSequence([...new Set([...elsewhere(), ...searched(ids)])]));
    tell({ ids, waiting: waiting(ids), older: beyond.nodes.size });
  }

  const searched = (ids) => [...found].filter((id) => cards.has(id) && !ids.includes(id));

  function paint(id) {
    rows.paint(id);
    beyond.paint(id);
  }

  /** Held: nothing enters, leaves or moves; who has left says where to. */
  function wait(ids) {
    mark(new Set(ids));
  }

  function settle(ids) {
    const fresh = calm || forced ? [] : ids.filter((id) => !rows.has(id));
    const present = rows.keys();
    const final = withSlots(ids, present);
    mark(new Set(ids));
    if (same(present, final)) return;
    const top = forced ? null : topmost(main, final);
    const before = forced ? new Map() : places(main);
    rows.arrange(final);
    keepAt(top);
    glide(before);
    rowsMoved();
    fresh.forEach((id) => freshen(rows.get(id)));
  }

  /** What was moved out of the list a moment ago keeps its slot, with its undo. */
  function withSlots(ids, before) {
    const stay = new Set(ids);
    const final = [...ids];
    before.forEach((id, i) => {
      if (stay.has(id) || !undoLeft(id)) return;
      const above = before.slice(0, i).findLast((other) => final.includes(other));
      final.splice(final.indexOf(above) + 1, 0, id);
    });
    return final;
  }

  function mark(listed) {
    for (const [id, row] of rows.nodes) {
      const left = listed.has(id) ? null : farewell(id);
      if (row.getAttribute('data-ghost') === left) continue;
      if (left) row.dataset.ghost = left;
      else delete row.dataset.ghost;
      dirty.add(id);
    }
  }

  function waiting(ids) {
    const listed = new Set(ids);
    const fresh = ids.filter((id) => !rows.has(id)).length;
    const left = rows.keys().filter((id) => !listed.has(id) && !undoLeft(id)).length;
    return { fresh, left };
  }

  onCards((ids) => {
    for (const id of ids ?? new Set([...rows.nodes.keys(), ...beyond.nodes.keys()])) touch(id);
    frame ||= requestAnimationFrame(work);
  });
  onMoves(touch);
  return { rows, beyond, touch, force, settleSoon: () => (frame ||= requestAnimationFrame(work)) };
}

/** What the row of an order says that is no longer in this list. */
function farewell(id) {
  if (undoLeft(id)) return 'own';
  const card = shown(id);
  if (!card) return say('row.gone');
  const name = card.moved?.by;
  if (!name) return say('row.moved_by_you', { label: card.label });
  return say('row.moved', { label: card.label, name });
}

/** The row at the top edge of what is seen, and where it is. */
function topmost(list, final) {
  const stay = new Set(final);
  const edge = document.getElementById('slot')?.getBoundingClientRect().bottom ?? 0;
  for (const row of list.children) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge && stay.has(row.dataset.key)) return { row, top };
  }
  return null;
}

/** Keep that row where it was; Safari would not do so by itself. */
function keepAt(top) {
  if (!top || scrollY === 0) return;
  const moved = top.row.getBoundingClientRect().top - top.top;
  if (moved) scrollBy({ top: moved, behavior: 'instant' });
}

function freshen(row) {
  if (!row) return;
  row.dataset.fresh = '';
  setTimeout(() => delete row.dataset.fresh, FRESH);
}

const same = (a, b) => a.length === b.length && a.every((id, i) => id === b[i]);
