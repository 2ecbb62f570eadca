/** Why something was not done, in words, and the ways on. */
import { now } from 'heard/clock';
import { ago, say } from 'heard/words';

const BUILT = 'dependency-failed';

/** What the row says of its refused taps: who was faster, when, and two ways on. */
export function whyNot(taps, card) {
  const [first] = taps.filter(({ refusal }) => refusal.type !== BUILT).concat(taps);
  if (!first || !card) return null;
  const { wish, body } = taps.at(-1);
  const step = wish && card.next.find(({ to }) => to === wish.stage);
  const { to, seen, tapped_at: at, after, ...fields } = body;
  const anyway = { act: 'anyway', word: say('row.anyway', { label: step?.label }), step, fields };
  const keep = { act: 'dismiss', word: say(overtaken(first) ? 'row.keep' : 'row.dismiss') };
  const tone = overtaken(first) ? 'conflict' : 'trouble';
  return { tone, text: reason(first), choices: step ? [keep, anyway] : [keep] };
}

/** A refusal in one sentence. */
export function reason({ said, refusal: { status, changed, label, detail } }) {
  if (!changed?.by) return detail || say('row.refused', { said, status });
  const age = ago(now() - Date.parse(changed.at));
  return say('row.changed', { name: changed.by, label, age });
}

/** Nothing could be kept, and nobody was there to be asked. */
export const unkept = () => plain(say('outbox.unkept'));

/** What became of a question that cannot wait. */
export function trouble(status, body, { label }) {
  if (status === 0) return plain(say('row.unknown', { label }));
  if (status === 401) return plain(say('row.signed_out'));
  return plain(body.detail ?? say('row.unsaved', { label }));
}

const overtaken = ({ refusal }) => Boolean(refusal.changed?.by);

function plain(text) {
  return { tone: 'trouble', text, choices: [{ act: 'dismiss', word: say('row.dismiss') }] };
}
