/** Words of the staff's own about an order: everybody who opens it reads them. */
import { ask } from 'heard/asks';
import { cards } from 'heard/cards';
import { offer } from 'heard/menu';
import { keep } from 'heard/moves';
import { words } from 'heard/page';
import { takes } from 'heard/queue';
import { scene } from 'heard/scene';
import { say } from 'heard/words';

const QUESTION = { to: 'note', requires: ['text'], kind: '' };

async function remark(id) {
  const { text } = (await ask(cards.get(id), QUESTION)) ?? {};
  if (!text?.trim()) return;
  const path = `/orders/${id}/notes`;
  const body = { text, seen: cards.get(id).version };
  keep(id, { kind: 'note', path, body, said: say('outbox.note', { text }) });
}

offer({
  word: words.menu.note,
  icon: 'note',
  rank: 40,
  act: remark,
  when: () => takes() && scene().rights.has('orders.edit'),
});
