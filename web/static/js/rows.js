/** A list of rows, patched by key: only what changed is touched, and nothing is drawn twice. */
import { attr, blank, fill, named, text } from 'heard/fill';
import { shown } from 'heard/moves';
import { dress, undoing } from 'heard/notes';
import { scene } from 'heard/scene';
import { timed, view } from 'heard/view';

const IDLE_KEPT = 1_000;
const said = new WeakMap(); // the order as each row has shown it
const aged = new WeakMap(); // the level and age that each row shows

export class Rows {
  /** Take over the rows that the server printed. */
  constructor(list) {
    this.list = list;
    this.nodes = new Map([...list.children].map((row) => [row.dataset.key, row]));
    this.sequence = [...this.nodes.keys()];
    this.idle = new Map(); // rows that a filter took out: they come back as they were
  }

  /** Make a row say what its order says. */
  paint(id) {
    const row = this.nodes.get(id);
    const card = row && shown(id);
    if (card) {
      const v = { ...view(card, scene()), ...undoing(id, card.code) };
      named(row, v);
      fill(row, v);
      said.set(row, card);
      aged.set(row, standing(v));
    }
    if (row) dress(row, id);
  }

  /** Show exactly these, in this sequence; the rows that stay where they are are not touched. */
  arrange(ids) {
    this.sequence = ids;
    const kept = new Set(ids);
    for (const [id, row] of this.nodes) {
      if (kept.has(id)) continue;
      row.remove();
      this.nodes.delete(id);
      this.idle.set(id, row);
    }
    if (this.idle.size > IDLE_KEPT) this.idle.clear();
    let next = this.list.firstElementChild;
    for (const id of ids) {
      const row = this.nodes.get(id) ?? this.make(id);
      if (row === next) next = row.nextElementSibling;
      else this.list.insertBefore(row, next);
    }
  }

  make(id) {
    const row = this.idle.get(id) ?? blank('tpl-row');
    this.idle.delete(id);
    this.nodes.set(id, row);
    const plain = !row.dataset.ghost && !row.querySelector('.row__undo, .note');
    const same = plain && said.get(row) === shown(id);
    delete row.dataset.ghost;
    if (!same) this.paint(id); // else only its age is old, and that is told every second
    return row;
  }

  has(id) {
    return this.nodes.has(id);
  }

  get(id) {
    return this.nodes.get(id);
  }

  /** The ids of the rows, in sequence. */
  keys() {
    return this.sequence;
  }

  /** Only the ages, once a second. */
  age() {
    const now = scene();
    for (const [id, row] of this.nodes) {
      const card = shown(id);
      if (card?.timer) tellAge(row, timed(card, now));
    }
  }
}

const standing = ({ level, age }) => `${level} ${age}`;

function tellAge(row, v) {
  if (aged.get(row) === standing(v)) return;
  aged.set(row, standing(v));
  attr(row, 'data-level', v.level);
  text(row.querySelector('[data-f="age"]'), v.age);
}
