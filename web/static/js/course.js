/** The course of an order through its flow, in segments: the page's half of server/routes/course.py. */
import { page, words } from 'heard/page';
import { named, prepOf } from 'heard/view';
import { clock } from 'heard/words';

const LONGEST = 9; // stages; no flow has more

/** Past stages say when, the present one since when, the next ones are buttons. */
export function course(card, scene, history) {
  const { flow, stage, moved } = card;
  const at = new Map((history ?? []).filter(({ to }) => to).map((entry) => [entry.to, entry.at]));
  const steps = card.next.filter(({ right }) => scene.rights.has(right));
  const labels = page.labels[flow];
  const known = Boolean(history);
  const ahead = onward(flow, stage, card.kind);
  const since = at.get(stage) ?? moved?.at ?? card.placed_at;
  return [
    ...passed(flow, stage, at).map((key) =>
      segment('past', labels[key], when(at.get(key), scene.today, known)),
    ),
    segment('now', card.label, clock(since, scene.today)),
    ...ahead.map((key, n) => {
      const step = steps.find(({ to }) => to === key);
      const verb = step ? named(step, prepOf(card, scene)) : '';
      const state = step && n === 0 ? 'next' : 'later';
      return { ...segment(state, labels[key]), to: step ? key : '', verb };
    }),
  ];
}

const segment = (state, label, at = '') => ({ state, label, at, to: '', verb: '' });

function when(at, today, known) {
  if (at) return clock(at, today);
  return known ? words.course.skipped : '';
}

/** The stages before this one on the usual way; off it, those of it that were visited. */
function passed(flow, stage, at) {
  const [first] = Object.keys(page.labels[flow]);
  const usual = [first, ...onward(flow, first)];
  const here = usual.indexOf(stage);
  return here < 0 ? usual.filter((key) => at.has(key)) : usual.slice(0, here);
}

/** The usual way on from a stage, until it is done. */
function onward(flow, stage, start = '') {
  const found = [];
  let kind = start;
  let [next] = page.ahead[flow][stage];
  while (next && kind !== 'done' && found.length < LONGEST) {
    found.push(next.to);
    kind = next.kind;
    [next] = page.ahead[flow][next.to];
  }
  return found;
}
