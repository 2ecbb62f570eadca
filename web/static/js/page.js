/** What the server wrote into the page for the scripts: the cards, the place, the words. */
const block = document.getElementById('page');

export const page = block ? JSON.parse(block.textContent) : {};
export const words = page.words ?? {};
export const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? '';
