/** Flagging and settling, from a row, a key or the drawer: their scripts are loaded when wanted. */
import { action } from 'heard/acts';
import { shortcut } from 'heard/keys';
import { offer } from 'heard/menu';
import { words } from 'heard/page';
import { takes } from 'heard/queue';
import { scene } from 'heard/scene';

const flag = async (id, ref) => (await import('heard/flag')).flag(id, ref);
const settle = () => import('heard/settle');

action('flag', (id) => flag(id));
action('update', (id, { dataset }) => flag(id, dataset.to));
action('resolve', async (id, { dataset }) => (await settle()).resolve(id, dataset.to));
action('unflag', async (id, { dataset }) => (await settle()).remove(id, dataset.to));
action('reopen', async (id, { dataset }) => (await settle()).reopen(id, dataset.to));
shortcut('f', (id) => flag(id), { row: true });
offer({
  word: ({ flagged }) => (flagged ? words.menu.update_flag : words.menu.flag),
  icon: 'flag',
  rank: 20,
  act: (id) => flag(id),
  when: () => takes() && scene().rights.has('issues.write'),
});
