/** What stands around the list: the counts, how many are open or late, why the list is empty. */
import { checked } from 'heard/app';
import { board } from 'heard/cards';
import { narrowed } from 'heard/filter';
import { judge } from 'heard/lamp';
import { words } from 'heard/page';
import { cutOff, summary, tallies } from 'heard/strip';
import { counted, say } from 'heard/words';

const $ = (id) => document.getElementById(id);

/** Tell Alpine's store of the list that is shown, and of the time that passes. */
export function around(store) {
  /** The list has settled. */
  function tell({ ids, waiting, older, open }) {
    $('elsewhere').hidden = !older;
    $('foot').hidden = !cutOff(open.includes('ended'));
    renew({
      counts: tallies(),
      ...summary(),
      waiting: inWords(waiting),
      empty: ids.length ? '' : nothing(),
      filtered: narrowed(),
      checked: checked(),
    });
  }

  /** A second has passed, or the connection is another. */
  function tick() {
    const empty = store.empty && { empty: nothing() };
    renew({ counts: tallies(), ...summary(), checked: checked(), ...empty });
  }

  /** Only what is news: each change has Alpine look at the header again. */
  function renew({ counts, ...plain }) {
    for (const [name, value] of Object.entries(plain)) {
      if (store[name] !== value) store[name] = value;
    }
    for (const [stage, number] of Object.entries(counts)) {
      if (store.counts[stage] !== number) store.counts[stage] = number;
    }
  }

  return { tell, tick };
}

/** Why the list is empty; while nobody knows whether it is, that. */
function nothing() {
  if (['stale', 'ended'].includes(judge().state)) return words.empty.not_known;
  if (narrowed()) return words.empty.filter;
  return Object.keys(board.counts).length ? words.empty.done : words.empty.none;
}

function inWords({ fresh, left }) {
  const parts = { new: counted('pill.new', fresh), left: counted('pill.left', left) };
  if (fresh && left) return say('pill.both', parts);
  return fresh ? parts.new : left ? parts.left : '';
}
