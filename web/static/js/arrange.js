/** When rows come, go and change places: at once, or when nobody is at the list any more. */
import { cards, found, onCards } from 'heard/cards';
import { grouped, inSequence } from 'heard/filter';
import { folds } from 'heard/folds';
import { glide, places } from 'heard/glide';
import { onMoves, shown, undoLeft } from 'heard/moves';
import { rowsMoved } from 'heard/press';
import { heading, Rows } from 'heard/rows';
import { say } from 'heard/words';

const FRESH = 2_000;

/**
 * Keep the lists in order: what the filter shows, the groups folded below it, and what a search
 * finds beyond. `held` says whether somebody is at the list, `tell` is told what it shows.
 */
export function arranging(lists, held, tell) {
  const rows = new Rows(lists.main);
  const folded = folds(force);
  const beyond = new Rows(lists.older);
  const all = [rows, ...folded.rows, beyond];
  const dirty = new Set();
  let frame = 0;
  let forced = false;
  let anew = false;
  let calm = true; // the next settling is the person's own doing: nothing is marked as new
  let needing = new Set(rows.under('needs'));

  function touch(id) {
    dirty.add(id);
    frame ||= requestAnimationFrame(work);
  }

  /** Settle at once, whoever is at the list: they asked for it. `another`: for another list. */
  function force(another = false) {
    forced = true;
    anew ||= another;
    frame ||= requestAnimationFrame(work);
  }

  function work() {
    frame = 0;
    const groups = grouped(needing);
    const ids = [...groups.needs, ...groups.rest];
    const free = forced || !held();
    if (free) settle(groups, ids);
    else mark(new Set(ids)); // nothing enters, leaves or moves; who has left says where to
    for (const id of dirty) for (const list of all) list.paint(id);
    dirty.clear();
    beyond.arrange(inSequence([...new Set([...groups.beyond, ...searched(groups)])]));
    forced = anew = calm = false;
    const open = folded.tell(groups);
    tell({ ids, waiting: waiting(ids), older: beyond.nodes.size, open });
  }

  const searched = (groups) => {
    const listed = new Set(Object.values(groups).flat());
    return [...found].filter((id) => cards.has(id) && !listed.has(id));
  };

  function settle(groups, ids) {
    const fresh = calm || forced ? [] : ids.filter((id) => !rows.has(id));
    const present = rows.sequence;
    const final = withSlots(sections(groups), present);
    needing = new Set(groups.needs);
    mark(new Set(ids));
    folded.arrange(groups, new Set(final), anew);
    if (same(present, final) && !anew) return;
    const top = forced ? null : topmost(lists.main, final);
    const before = forced ? new Map() : places(lists.main);
    rows.arrange(final, anew);
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
    for (const id of ids ?? all.flatMap(({ nodes }) => [...nodes.keys()])) touch(id);
    frame ||= requestAnimationFrame(work);
  });
  onMoves(touch);
  return {
    rows,
    touch,
    force,
    settleSoon: () => (frame ||= requestAnimationFrame(work)),
    age: () => all.forEach((list) => list.age()),
    rowOf: (id) => all.map((list) => list.get(id)).find(Boolean),
    keys: () => all.flatMap((list) => list.keys()),
    reveal: (id) => all.find((list) => list.has(id))?.reveal(id),
  };
}

/** The list with its headings; where nothing needs anybody, it is one list without any. */
function sections({ needs, rest }) {
  if (!needs.length || !rest.length) return needs.length ? [heading('needs'), ...needs] : rest;
  return [heading('needs'), ...needs, heading('rest'), ...rest];
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
  if (!top?.row.isConnected || scrollY === 0) return;
  const moved = top.row.getBoundingClientRect().top - top.top;
  if (moved) scrollBy({ top: moved, behavior: 'instant' });
}

function freshen(row) {
  if (!row) return;
  row.dataset.fresh = '';
  setTimeout(() => delete row.dataset.fresh, FRESH);
}

const same = (a, b) => a.length === b.length && a.every((id, i) => id === b[i]);
