/** What the server wrote into the page for the scripts: the cards, the place, the words. */
const block = document.getElementById('page');

export const page = block ? JSON.parse(block.textContent) : {};
if (page.moves) for (const card of page.orders) unpack(card);
export const words = page.words ?? {};
export const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? '';

/** A card as every answer has it: amounts with their currency, and its own moves. */
function unpack(card) {
  if (typeof card.next === 'number') card.next = page.moves[card.next];
  for (const name in card.totals) card.totals[name] = money(card.totals[name]);
  for (const name in card.payment) card.payment[name] = money(card.payment[name]);
  for (const line of card.lines) {
    line.unit_price = money(line.unit_price);
    for (const modifier of line.modifiers) modifier.price = money(modifier.price);
  }
}

function money(given) {
  return typeof given === 'number' ? { amount: given, currency: page.currency } : given;
}
