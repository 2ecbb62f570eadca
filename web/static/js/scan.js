/** The ways to the scanner: its button, the key C, and a hand scanner. Its sheet comes when wanted. */
import { quell, shortcut } from 'heard/keys';
import { words } from 'heard/page';
import { sayNow } from 'heard/speech';
import { wedge } from 'heard/wedge';

const kept = document.getElementById('scan-kept');
const scanner = () => import('heard/scanner');
const open = async () => (await scanner()).open(true);
const read = async (text) => (await scanner()).read(text);

/** What somebody is in the middle of is not taken from them: the scan waits. */
function scanned(text) {
  quell();
  if (!document.querySelector('dialog[open]:not(#scan)')) return read(text);
  kept.dataset.text = text;
  kept.hidden = false;
  sayNow(words.scan.kept);
}

kept.addEventListener('click', () => {
  kept.hidden = true;
  read(kept.dataset.text);
});
for (const button of document.querySelectorAll('[data-js="scan"]')) {
  button.hidden = false;
  button.addEventListener('click', open);
}
shortcut('c', open);
wedge(scanned);
