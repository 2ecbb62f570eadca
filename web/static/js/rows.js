/** A list of rows, patched by key: only what changed is touched, and nothing is drawn twice. */
import { attr, blank, fill, named } from 'heard/fill';
import { shown } from 'heard/moves';
import { dress, undoing } from 'heard/notes';
import { scene } from 'heard/scene';
import { timed, view } from 'heard/view';

const IDLE_KEPT = 1_000;
const AT_ONCE = 40; // rows put in within a frame: what fills a large screen
const NEAR_TOP = 500; // pixels; further down nothing may come in above later
const said = new WeakMap(); // the order as each row has shown it
const aged = new WeakMap(); // the level and age that each row shows

export class Rows {
  /** Take over the rows that the server printed. */
  constructor(list) {
    this.list = list;
    this.nodes = new Map([...list.children].map((row) => [row.dataset.key, row]));
    for (const [id, row] of this.nodes) said.set(row, shown(id));
    this.sequence = [...this.nodes.keys()];
    this.listed = new Set(this.sequence);
    this.later = 0;
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
    this.listed = new Set(ids);
    for (const [id, row] of this.nodes) {
      if (this.listed.has(id)) continue;
      row.remove();
      this.nodes.delete(id);
      this.idle.set(id, row);
    }
    if (this.idle.size > IDLE_KEPT) this.idle.clear();
    this.place();
  }

  /** Put the rows in their places; of very many, those at the top at once, the rest frame by frame. */
  place() {
    cancelAnimationFrame(this.later);
    let left = scrollY < NEAR_TOP ? AT_ONCE : Infinity;
    let next = this.list.firstElementChild;
    for (const id of this.sequence) {
      const row = this.nodes.get(id);
      if (row && row === next) next = row.nextElementSibling;
      else if (left-- > 0) this.list.insertBefore(row ?? this.make(id), next);
    }
    if (left < 0) this.later = requestAnimationFrame(() => this.place());
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
    return this.listed.has(id);
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
  row.querySelector('[data-f="age"]').firstChild.data = v.age; // half as dear as textContent
}
