/** A list of rows, patched by key: only what changed is touched, and nothing is drawn twice. */
import { attr, blank, fill, named } from 'heard/fill';
import { shown } from 'heard/moves';
import { dress, undoing } from 'heard/notes';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { timed, view } from 'heard/view';

const IDLE_KEPT = 400;
const AT_ONCE = 60; // rows that a list has at least, as the server prints them
const IN_SIGHT = 24; // rows that fill a large screen, where their height is not known yet
const A_FRAME = 120; // rows made in one frame while somebody scrolls
const NEAR = 1_200; // pixels below what is seen in which rows are made already
const HEADING = '#'; // before the name of a group, among the ids of a sequence
const said = new WeakMap(); // the order as each row has shown it
const aged = new WeakMap(); // the level and age that each row shows

export const heading = (group) => HEADING + group;

export class Rows {
  /** Take over what the server printed. The tail stands for the rows that are not made yet. */
  constructor(list) {
    this.list = list;
    this.tail = document.createElement('div');
    this.tail.className = 'tail';
    list.after(this.tail);
    const printed = [...list.children].map((node) => [keyOf(node), node]);
    this.nodes = new Map(printed.filter(([id]) => !isHeading(id)));
    this.heads = new Map(printed.filter(([id]) => isHeading(id)));
    for (const [id, row] of this.nodes) said.set(row, shown(id));
    this.sequence = printed.map(([id]) => id);
    this.listed = new Set(this.nodes.keys());
    this.extent = Math.max(AT_ONCE, printed.length);
    this.idle = new Map(); // rows that a filter took out: they come back as they were
    this.height = 0;
    this.watch();
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

  /** Show exactly these, in this sequence; `anew`: from the top, for somebody who asked for them. */
  arrange(ids, anew = false) {
    this.extent = anew ? this.inSight() : Math.max(AT_ONCE, this.nodes.size + this.heads.size);
    this.sequence = ids;
    this.listed = new Set(ids.filter((id) => !isHeading(id)));
    this.place();
  }

  /** How many rows are made at once for another list: what fills the screen. */
  inSight() {
    this.height ||= heightOf(this.nodes.values().next().value);
    return this.height ? Math.ceil(innerHeight / this.height) : IN_SIGHT;
  }

  /** Put the first rows of the sequence in their places, and take out the others. */
  place() {
    const wanted = this.sequence.slice(0, this.extent);
    const stay = new Set(wanted);
    for (const id of [...this.nodes.keys()]) if (!stay.has(id)) this.rest(id);
    for (const [id, head] of this.heads) if (!stay.has(id)) head.remove();
    let next = this.list.firstElementChild;
    for (const id of wanted) {
      const node = this.node(id);
      if (node === next) next = node.nextElementSibling;
      else this.list.insertBefore(node, next);
    }
    this.stretch();
  }

  node(id) {
    if (!isHeading(id)) return this.nodes.get(id) ?? this.make(id);
    if (!this.heads.has(id)) this.heads.set(id, headed(id.slice(1)));
    return this.heads.get(id);
  }

  rest(id) {
    const row = this.nodes.get(id);
    row.remove();
    this.nodes.delete(id);
    this.idle.set(id, row);
    if (this.idle.size > IDLE_KEPT) this.idle.clear();
  }

  make(id) {
    const row = this.idle.get(id) ?? blank('tpl-row');
    this.idle.delete(id);
    this.nodes.set(id, row);
    const plain = !row.dataset.ghost && !row.querySelector('.row__undo, .note, .pill--waits');
    const same = plain && said.get(row) === shown(id);
    delete row.dataset.ghost;
    if (!same) this.paint(id); // else only its age is old, and that is told every second
    return row;
  }

  /** Leave room for the rows that are not made yet, so that the page is as long as it will be. */
  stretch() {
    const left = this.sequence.length - this.extent;
    if (left > 0 && !this.height) this.height = heightOf(this.nodes.values().next().value);
    this.tail.style.setProperty('block-size', `${Math.max(left, 0) * this.height}px`);
    this.tail.hidden = left <= 0;
  }

  /** Make further rows as somebody comes near to them. */
  watch() {
    const seen = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting) return;
        this.extent += this.missing();
        this.place();
        seen.unobserve(this.tail);
        requestAnimationFrame(() => seen.observe(this.tail));
      },
      { rootMargin: `0px 0px ${NEAR}px` },
    );
    seen.observe(this.tail);
    addEventListener('resize', () => (this.height = 0));
  }

  missing() {
    const gap = innerHeight + NEAR - this.tail.getBoundingClientRect().top;
    return Math.min(Math.max(Math.ceil(gap / (this.height || NEAR)), 1), A_FRAME);
  }

  /** See to it that the row of an order is made. */
  reveal(id) {
    const place = this.sequence.indexOf(id);
    if (place < this.extent) return this.get(id);
    this.extent = place + AT_ONCE;
    this.place();
    return this.get(id);
  }

  has(id) {
    return this.listed.has(id);
  }

  get(id) {
    return this.nodes.get(id);
  }

  /** The ids of the orders listed, in sequence. */
  keys() {
    return [...this.listed];
  }

  /** The orders under a heading. */
  under(group) {
    const start = this.sequence.indexOf(heading(group)) + 1;
    const end = this.sequence.findIndex((id, i) => i >= start && isHeading(id));
    return start ? this.sequence.slice(start, end < 0 ? undefined : end) : [];
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

const isHeading = (id) => id.startsWith(HEADING);
const keyOf = ({ dataset }) => dataset.key ?? heading(dataset.group);
const standing = ({ level, age }) => `${level} ${age}`;
const heightOf = (row) => row?.getBoundingClientRect().height ?? 0;

function headed(group) {
  const node = blank('tpl-group');
  node.dataset.group = group;
  node.firstElementChild.textContent = words.groups[group];
  return node;
}

function tellAge(row, v) {
  if (aged.get(row) === standing(v)) return;
  aged.set(row, standing(v));
  attr(row, 'data-level', v.level);
  row.querySelector('[data-f="age"]').firstChild.data = v.age; // half as dear as textContent
}
