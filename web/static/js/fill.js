/** Fill what the server's macros printed blank: `data-f` names a value, `data-list` a list. */

/** How a value is put into its element, where it is not simply its text. */
const put = {
  since: (node, v) => attr(node, 'datetime', v.since),
  icon: (node, v) => attr(node, 'href', `#i-${v.icon}`),
  href: (node, v) => attr(node, 'href', v.href),
  only: (node, v) => {
    text(node, v.name);
    attr(node, 'aria-label', v.only);
    toggle(node, !v.name);
  },
  pick: (node, v) => attr(node, 'aria-label', v.pick),
  step: (node, v) => {
    attr(node, 'data-state', v.state);
    v.state === 'now' ? attr(node, 'aria-current', 'step') : node.removeAttribute('aria-current');
  },
  go: (node, v) => {
    text(node, v.verb);
    attr(node, 'data-to', v.to);
    toggle(node, !v.to);
  },
  passed: (node, v) => {
    text(node, v.label);
    toggle(node, Boolean(v.to));
  },
  role: (node, v) => attr(node, 'data-role', v.role),
  more: (node, v) => attr(node, 'aria-label', v.more),
  article: (node, v) => named(node, v),
  undo: (node, v) => toggle(node, !v.undo),
  flags: (node, v) => toggle(node, !v.flag),
  issues: (node, v) => toggle(node, !v.issues.length),
  issue: (node, v) => attr(node, 'data-state', v.state),
  mark: (node, v) => attr(node, 'data-role', v.mark),
  ref: (node, v) => attr(node, 'data-to', v.ref),
  edit: (node, v) => toggle(node, !v.edit),
  again: (node, v) => toggle(node, !v.again),
  picture: (node, v) => {
    attr(node, 'alt', v.picture && v.name);
    toggle(node, !v.picture);
    v.picture ? attr(node, 'src', v.picture) : node.removeAttribute('src');
  },
  owed: (node, v) => {
    text(node, v.owed);
    toggle(node, !v.owed);
  },
  verb: (node, v) => {
    text(node, v.verb);
    attr(node, 'data-act', v.does ?? 'advance');
    attr(node, 'data-to', v.to);
    attr(node, 'aria-label', v.act);
    toggle(node, !v.verb);
  },
  move: (node, v) => {
    text(node, v.verb);
    attr(node, 'class', v.look);
    attr(node, 'data-to', v.to);
  },
  fact: (node, v) => {
    text(node, v.fact);
    if (node.matches('a')) v.href ? attr(node, 'href', v.href) : node.removeAttribute('href');
  },
};

const hooks = new WeakMap(); // the elements of each root that show a value

/** Make an element say what the view says; what is right already is not touched. */
export function fill(root, v) {
  if (!hooks.has(root)) hooks.set(root, hooksOf(root));
  for (const node of hooks.get(root)) fillOne(node, v);
}

/** Its own elements, not those of the lists inside it. */
function hooksOf(root) {
  const scope = root.closest('[data-list]');
  const own = [...root.querySelectorAll('[data-f]')];
  const inside = own.filter((node) => node.closest('[data-list]') === scope);
  return root.dataset.f ? [root, ...inside] : inside;
}

/** Fill the lists inside an element, each from the template of its name, and those inside them. */
export function fillLists(root, v) {
  const scope = root.closest('[data-list]');
  // told before any is changed: what is taken out of one has no list around it any more
  const own = (list) => list.parentElement.closest('[data-list]') === scope;
  for (const list of [...root.querySelectorAll('[data-list]')].filter(own)) {
    const wanted = v[list.dataset.list];
    while (list.children.length > wanted.length) list.lastElementChild.remove();
    while (list.children.length < wanted.length) list.append(blank(`tpl-${list.dataset.list}`));
    wanted.forEach((item, i) => {
      fill(list.children[i], item);
      fillLists(list.children[i], item);
    });
  }
}

/** A fresh copy of what a template holds. */
export function blank(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Name an element after its order and the order's state. */
export function named(node, v) {
  attr(node, 'data-key', v.key);
  attr(node, 'data-level', v.level);
  attr(node, 'data-flagged', v.flagged);
}

export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

export function attr(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function toggle(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

function fillOne(node, v) {
  const name = node.dataset.f;
  if (put[name]) return put[name](node, v);
  text(node, v[name]);
  if ('maybe' in node.dataset) toggle(node, !v[name]);
}
