/** What a row says: the page's half of server/routes/rows.py, word for word alike. */
import { flag } from 'heard/flags';
import { words } from 'heard/page';
import { age, clock, put, say } from 'heard/words';

/** Everything a row shows. `scene` is the time, today's date, the rights, the prep minutes. */
export function view(card, scene) {
  const step = primary(card, scene.rights);
  const verb = step ? named(step, prepOf(card, scene)) : '';
  const name = card.customer.name || '';
  return {
    key: card.id,
    href: card.href,
    code: card.code,
    name,
    only: name && say('only', { name }),
    pick: say('pick', { code: card.code }),
    goods: card.text.items,
    place: where(card, scene),
    sum: `${card.text.total} · ${when(card, scene.today)}`,
    label: card.label,
    icon: icon(card),
    role: words.roles[card.stage] ?? card.kind,
    owed: owed(card),
    ...flag(card),
    verb,
    to: step ? step.to : '',
    act: say('act', { verb, code: card.code }),
    more: say('more', { code: card.code }),
    ...timed(card, scene),
  };
}

/** How the order stands against its promise: a level, and the words for it. */
export function timed(card, scene) {
  const { timer } = card;
  if (!timer) {
    const since = card.ended_at ?? card.placed_at;
    return { level: 'over', since, age: clock(since, scene.today) };
  }
  if (scheduled(card, scene.now)) {
    const due = clock(card.due_at, scene.today);
    return { level: 'later', since: card.due_at, age: say('timer.later', { time: due }) };
  }
  const level = levelOf(timer, scene.now);
  const { since, late } = moments(timer);
  const spent = { ok: scene.now - since, warn: late - scene.now };
  const lasting = age(spent[level] ?? scene.now - late);
  return {
    level,
    since: timer.since,
    age: say(`timer.${level === 'very' ? 'late' : level}`, { age: lasting }),
  };
}

/** Where it goes, or where it came from; and at which location, where there are several. */
function where(card, { places }) {
  const to = card.text.place || words.sources[card.source];
  const place = places?.[card.location];
  return place ? `${place.name} · ${to}` : to;
}

/** How long an order usually takes where it is. */
export const prepOf = (card, { places, prep }) => places?.[card.location]?.prep_minutes ?? prep;

const surfaces = new WeakMap();

/** Whether the order still waits for its time. */
export function scheduled(card, now) {
  if (!card.surfaces_at) return false;
  if (!surfaces.has(card)) surfaces.set(card, Date.parse(card.surfaces_at));
  return surfaces.get(card) > now;
}

/** ok, warn, late, or very late: half as long again as was promised. */
export function levelOf(timer, now) {
  const { since, warn, late } = moments(timer);
  if (now < warn) return 'ok';
  if (now < late) return 'warn';
  return (now - late) * 2 < late - since ? 'late' : 'very';
}

const parsed = new WeakMap();

/** The moments of a timer, in milliseconds since 1970; read once, looked at every second. */
function moments(timer) {
  if (!parsed.has(timer)) {
    const [since, warn, late] = [timer.since, timer.warn_at, timer.late_at].map(Date.parse);
    parsed.set(timer, { since, warn, late });
  }
  return parsed.get(timer);
}

/** The usual next step, if it leads on and this person may take it. */
export function primary(card, rights) {
  const step = card.next[0];
  if (!step || step.back || step.kind === 'void' || !rights.has(step.right)) return null;
  return step;
}

/** What the button for a step says. */
export function named(step, minutes) {
  if (step.back) return say('back', { label: step.label });
  const verb = words.verbs[step.to];
  return verb ? put(verb, { minutes }) : step.label;
}

/** The icon of a stage; some stages of one name differ between flows. */
export function icon(card) {
  return words.icons[`${card.flow}.${card.stage}`] ?? words.icons[card.stage] ?? 'ring';
}

function owed({ kind, payment }) {
  const [paid, back, due] = ['paid', 'refunded', 'owed'].map((name) => payment[name].amount);
  if (back > 0) return words.refunded[back >= paid ? 'all' : 'part'];
  if (due > 0 && kind !== 'hold') return words.owed[paid > 0 ? 'part' : 'none'];
  return '';
}

function when(card, today) {
  if (card.due_at) return say('for', { time: clock(card.due_at, today) });
  return clock(card.placed_at, today);
}
