/** Settling issues: resolved with outcome and note, removed as a mistake, reopened. */
import { send } from 'heard/api';
import { ask } from 'heard/asks';
import { cards, put } from 'heard/cards';
import { connected } from 'heard/lamp';
import { complain } from 'heard/moves';
import { scene } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { say } from 'heard/words';

const QUESTION = { to: 'resolve', requires: ['outcome'], kind: '' };
const may = () => connected() && scene().rights.has('issues.write');

/** Resolve an issue of an order, once the person has said what came of it. */
export async function resolve(id, ref) {
  const fields = may() && (await ask(cards.get(id), QUESTION));
  if (fields) tell(id, 'POST', `/issues/${ref}/resolve`, fields, 'resolved');
}

export const reopen = (id, ref) => tell(id, 'POST', `/issues/${ref}/reopen`, {}, 'reopened');
export const remove = (id, ref) => tell(id, 'DELETE', `/issues/${ref}`, {}, 'unflagged');

async function tell(id, method, path, fields, said) {
  if (!may()) return;
  const { code, version } = cards.get(id);
  const answer = await send(method, path, { ...fields, seen: version });
  const card = answer.body.order ?? (answer.body.code ? answer.body : null);
  if (card) put(card);
  if (answer.status !== 200) return complain(id, answer);
  const still = said === 'resolved' && card.flagged;
  sayNow(say(`speech.${still ? 'flagged_still' : said}`, { code }));
}
