/** What an order says in full: the page's half of server/routes/details.py. */
import { course } from 'heard/course';
import { flagging, issues } from 'heard/issues';
import { page, words } from 'heard/page';
import { moment, put, say } from 'heard/words';
import { named, prepOf, view } from 'heard/view';

const SUMS = ['subtotal', 'discount', 'service_fee', 'tax', 'tip', 'total'];
const PAYMENTS = ['paid', 'refunded', 'owed'];

/** Everything the details macro shows. */
export function details(card, scene, history) {
  const flow = course(card, scene, history);
  return {
    ...view(card, scene),
    flow,
    undo: undoable(card, scene.now),
    lines: card.lines.map(line),
    sums: sums(card),
    facts: facts(card, scene.today),
    moves: moves(card, scene, new Set(flow.map(({ to }) => to))),
    flagging: flagging(card, scene.rights),
    issues: issues(card, scene.rights, scene.today),
    past: (history ?? []).map((entry) => told(entry, card.flow, scene.today)).reverse(),
  };
}

function undoable(card, now) {
  const until = card.moved?.undo_until;
  return Boolean(until) && Date.parse(until) > now;
}

/** The steps that are not segments of the course. */
function moves(card, scene, taken) {
  const others = card.next.filter(({ to, right }) => scene.rights.has(right) && !taken.has(to));
  return others.map((step) => {
    const look = step.kind === 'void' ? 'danger' : 'plain';
    return { to: step.to, verb: named(step, prepOf(card, scene)), look: `btn btn--${look}` };
  });
}

function line(item) {
  const { amount, currency } = item.unit_price;
  const extras = item.modifiers.map(({ name, quantity }) =>
    quantity > 1 ? `${quantity}× ${name}` : name,
  );
  return {
    count: `${item.quantity}×`,
    item: item.name,
    price: price({ amount: amount * item.quantity, currency }),
    mods: extras.join(', '),
    note: item.note || '',
  };
}

function sums({ totals, payment }) {
  const plain = totals.subtotal.amount === totals.total.amount;
  const says = ([name, { amount }]) =>
    name === 'total' || (amount && !(name === 'subtotal' && plain));
  const wanted = [...SUMS.map((n) => [n, totals[n]]), ...PAYMENTS.map((n) => [n, payment[n]])];
  return wanted
    .filter(says)
    .map(([name, sum]) => ({ term: words.sums[name], fact: price(sum), href: '' }));
}

function facts(card, today) {
  const { customer, payment, moved } = card;
  const void_ = card.kind === 'void';
  return [
    fact('phone', customer.phone, `tel:${customer.phone}`),
    fact('email', customer.email, `mailto:${customer.email}`),
    fact('place', card.destination),
    fact('instructions', card.instructions),
    fact('placed', moment(card.placed_at, today)),
    fact('due', moment(card.due_at, today)),
    fact('surfaces', moment(card.surfaces_at, today)),
    fact('promised', moment(card.promised_at, today)),
    fact('source', words.sources[card.source]),
    fact('method', payment.method?.replaceAll('_', ' ')),
    fact('reason', void_ && words.reasons[moved?.reason]),
    fact('message', void_ && moved?.message),
    ...card.packages.map(({ courier, tracking }) => fact('parcel', `${courier} ${tracking}`)),
  ].filter(({ fact: known }) => known);
}

function fact(name, text, href = '') {
  return { term: words.facts[name], fact: text || '', href };
}

function told({ kind, to, detail, by, at }, flow, today) {
  const label = page.labels[flow][to] ?? '';
  const fields = (detail?.fields ?? []).map((name) => words.fields[name] ?? name).join(', ');
  const wrong = words.issue.types[detail?.type];
  const what = put(words.history[detail?.surfaced ? 'surfaced' : kind] ?? '', { label, fields, issue: wrong, text: detail?.text });
  const who = [by.name, by.device, moment(at, today)].filter(Boolean);
  return { what: [what, ...toldMore(detail ?? {})].join(' · '), who: who.join(' · ') };
}

function toldMore({ reason, prep_minutes: minutes, courier, outcome, while: paused }) {
  return [
    reason && (words.reasons[reason] ?? reason),
    minutes !== undefined && say('minutes', { minutes }),
    courier,
    words.issue.outcomes[outcome],
    paused && words.while_paused,
  ].filter(Boolean);
}

const formats = new Map();

/** An amount as it is written on this page. */
function price({ amount, currency }) {
  if (!formats.has(currency)) {
    formats.set(currency, new Intl.NumberFormat(page.locale, { style: 'currency', currency }));
  }
  const format = formats.get(currency);
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}
