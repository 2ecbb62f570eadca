/** What details say of flags: the page's half of server/routes/flags.py. */
import { isOpen, kind } from 'heard/flags';
import { words } from 'heard/page';
import { moment, put, say } from 'heard/words';

const MAY = 'issues.write';

/** What the button says that flags the order, for those who may. */
export function flagging({ flagged }, rights) {
  if (!rights.has(MAY)) return '';
  return flagged ? words.menu.update_flag : words.menu.flag;
}

/** The issues of an order, each with what this person may do about it. */
export function issues(card, rights, today) {
  return card.issues.map((one) => issue(one, card, rights.has(MAY), today));
}

function issue(one, card, may, today) {
  const open = isOpen(one);
  const opened = { name: one.opened_by, time: moment(one.opened_at, today) };
  return {
    ref: one.id,
    state: one.state,
    mark: open ? 'flag' : 'done',
    icon: open ? 'flag' : 'flag-check',
    what: kind(one),
    weight: words.issue.priorities[one.priority],
    body: one.text,
    about: concerned(one, card),
    who: say('issue.opened', opened),
    ending: ending(one, today),
    edit: open && may && Boolean(one.id), // not while it waits to be sent
    again: one.state === 'resolved' && may,
    files: one.attachments.map(file),
  };
}

function concerned({ lines: numbers }, { lines }) {
  const named = lines
    .filter(({ id }) => numbers.includes(id))
    .map(({ quantity, name }) => `${quantity}× ${name}`);
  return named.length ? say('issue.concerns', { lines: named.join(', ') }) : '';
}

function ending({ outcome, settled_by: name, settled_at: at, note }, today) {
  if (!outcome) return '';
  const settled = { outcome: words.issue.outcomes[outcome], name, time: moment(at, today) };
  return `${say('issue.settled', settled)}: ${note}`;
}

function file({ name, href, media_type: media, size }) {
  return {
    name,
    href,
    picture: media.startsWith('image/') ? href : '',
    size: say('issue.file', { name, size: sized(size) }),
  };
}

function sized(size) {
  const [kilobytes, megabytes] = words.issue.sizes;
  const count = Math.ceil(size / 1000);
  if (count < 1000) return put(kilobytes, { count });
  return put(megabytes, { count: Math.ceil(count / 1000) });
}
