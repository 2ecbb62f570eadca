/** Orders on paper, by the browser's own print dialog: sheets of A4 or Letter, or slips of 80 mm. */
import { cards } from 'heard/cards';
import { details } from 'heard/details';
import { blank, fill, fillLists } from 'heard/fill';
import { page } from 'heard/page';
import { scene } from 'heard/scene';
import { moment } from 'heard/words';

const PAPER = 'heard.paper';
const QR = 2_000; // a slow code must not keep the paper back

const place = document.getElementById('paper');

/** Print orders on the paper that is asked for, or else on the one used last. */
export async function printed(ids, paper = localStorage.getItem(PAPER) ?? 'sheet') {
  localStorage.setItem(PAPER, paper);
  place.dataset.paper = paper;
  place.replaceChildren(...ids.filter((id) => cards.has(id)).map(sheet));
  const codes = [...place.querySelectorAll('.sheet__qr')].map(drawn);
  await Promise.race([Promise.all(codes), new Promise((done) => setTimeout(done, QR))]);
  print();
}

function sheet(id) {
  const card = cards.get(id);
  const article = blank('tpl-sheet');
  const { name } = scene().places?.[card.location] ?? page.location;
  const v = details(card, scene(), null);
  fill(article, { ...v, at: [name, v.label, moment(card.placed_at, '')].join(' · ') });
  fillLists(article, { ...v, printed: v.lines });
  article.querySelector('.sheet__qr').src = `/orders/${card.code}/qr.svg`;
  return article;
}

/** A code that cannot be loaded is left out. */
const drawn = (picture) => picture.decode().catch(() => picture.remove());

addEventListener('afterprint', () => place.replaceChildren());
