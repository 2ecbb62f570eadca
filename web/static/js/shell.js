/** The board without a connection: the page as it was kept on this device, and the board's scripts. */
import { recall } from 'heard/store';

const asked = new URLSearchParams(location.search).get('location');
const build = document.querySelector('meta[name="build"]').content;

document.documentElement.dataset.theme = /theme=(light|dark)/.exec(document.cookie)?.[1] ?? 'auto';

async function open() {
  const board = await recall(asked).catch(() => undefined);
  if (board?.build !== build) return tell();
  await dress(board);
  draw(board);
  await import('heard/board');
}

/** The style and the names that stood in the head of the page. */
async function dress({ metas, sheets }) {
  for (const [name, content] of metas) {
    const node = document.querySelector(`meta[name="${name}"]`) ?? document.createElement('meta');
    Object.assign(node, { name, content });
    document.head.append(node);
  }
  const missing = sheets.filter(([href]) => !document.querySelector(`link[href="${href}"]`));
  await Promise.all(missing.map(linked));
}

function linked([href, media]) {
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href, media });
  document.head.append(link);
  return new Promise((done) => (link.onload = link.onerror = done));
}

/** Everything the server would have printed, but for the rows: the board makes those. */
function draw({ html, title, lang, dir, look, page, ...board }) {
  const { positions, counted, orders, good, skew } = board;
  document.title = title;
  Object.assign(document.documentElement, { lang, dir });
  document.body.className = look;
  document.body.innerHTML = html;
  const now = new Date(Date.now() + skew).toISOString();
  const whole = { ...page, positions, counted, orders, now, kept: { good } };
  const block = document.createElement('script');
  Object.assign(block, { type: 'application/json', id: 'page' });
  block.textContent = JSON.stringify({ ...whole, tallies: {}, summary: {}, empty: '' });
  document.body.append(block);
  if (location.pathname.startsWith('/orders/')) aside(page.location.id);
}

/** An order has no page here; the board shows it. */
function aside(id) {
  const code = location.pathname.split('/').at(-1);
  history.replaceState(null, '', `/board?location=${id}&order=${encodeURIComponent(code)}`);
}

function tell() {
  document.getElementById('reading').hidden = true;
  document.getElementById('nothing').hidden = false;
  document.getElementById('again').addEventListener('click', () => location.reload());
}

open();
