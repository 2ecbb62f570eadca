/** What else is done with an order: printing it, taking it up before its time, passing it on. */
import { newKey, post } from 'heard/api';
import { cards, put } from 'heard/cards';
import { now } from 'heard/clock';
import { shortcut } from 'heard/keys';
import { connected } from 'heard/lamp';
import { offer } from 'heard/menu';
import { complain } from 'heard/moves';
import { words } from 'heard/page';
import { scene } from 'heard/scene';
import { sayNow } from 'heard/speech';
import { say } from 'heard/words';
import { scheduled } from 'heard/view';

/** Print orders; the sheets and slips are only loaded once somebody does. */
export async function print(ids, paper) {
  const { printed } = await import('heard/printing');
  printed(ids, paper);
}

/** A scheduled order is begun with now. */
async function surface(id) {
  const { code, version } = cards.get(id);
  const { status, body } = await post(`/orders/${id}/surface`, {}, { key: newKey(), seen: version });
  const card = body.order ?? (body.code ? body : null);
  if (card) put(card);
  if (status === 200) sayNow(say('speech.surfaced', { code }));
  else complain(id, { status, body });
}

async function copy(id) {
  await navigator.clipboard.writeText(new URL(cards.get(id).href, location.origin).href);
  sayNow(words.speech.copied);
}

offer({
  rank: 5,
  word: words.menu.surface,
  icon: 'bell',
  act: surface,
  when: (card) => scheduled(card, now()) && connected() && scene().rights.has('orders.move'),
});
offer({ rank: 60, word: words.menu.print, icon: 'print', act: (id) => print([id], 'sheet') });
offer({ rank: 61, word: words.menu.slip, icon: 'print', act: (id) => print([id], 'slip') });
offer({ rank: 70, word: words.menu.copy, icon: 'copy', act: copy });
shortcut('p', (id) => print([id]), { row: true });
