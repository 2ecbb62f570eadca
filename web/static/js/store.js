/** What this device keeps: taps that wait to be sent, and how the boards last stood (IndexedDB). */

const NAME = 'heard';
const VERSION = 1;
const STORES = {
  owner: {}, // whose all of it is
  taps: { keyPath: 'n', autoIncrement: true }, // in the order in which they were made
  boards: { keyPath: 'name' }, // positions, counts, and when they were last known to be true
  cards: {}, // by board and order
  frames: { keyPath: 'name' }, // the page around the orders, as the server printed it
};
const ALL = Object.keys(STORES);

let opening = null;

/** Run `work(stores)` in one transaction; its value once all of it is written. */
export async function transact(names, mode, work, durability = 'default') {
  opening ??= open();
  const base = await opening;
  const transaction = base.transaction(names, mode, { durability });
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
  const written = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = () => failed(transaction.error ?? new Error('aborted'));
  });
  const [value] = await Promise.all([work(stores), written]);
  return value;
}

/** The result of a request. */
export function got(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

/** Make the device this person's: whatever somebody else left behind is forgotten. True if there was any. */
export function claim(person) {
  return transact(ALL, 'readwrite', async (stores) => {
    const owner = await got(stores.owner.get('person'));
    if (owner === person) return false;
    for (const name of ALL) stores[name].clear();
    stores.owner.put(person, 'person');
    return owner !== undefined;
  });
}

/** Whose device this is, if anybody's. */
export const owner = () =>
  transact(['owner'], 'readonly', (stores) => got(stores.owner.get('person')));

/** Forget everything. */
export function wipe() {
  return transact(ALL, 'readwrite', (stores) => {
    for (const name of ALL) stores[name].clear();
  });
}

/** Forget how boards stood, but for the newest of those named. Taps stay. */
export function forgetBoards(names = [], newest = names.length) {
  return transact(['boards', 'cards', 'frames'], 'readwrite', async ({ boards, cards, frames }) => {
    const known = (await got(boards.getAll())).sort((a, b) => b.at - a.at);
    const stay = known.filter(({ name }) => names.includes(name)).slice(0, newest);
    for (const { name } of known.filter((board) => !stay.includes(board))) {
      boards.delete(name);
      cards.delete(of(name));
      frames.delete(name);
    }
  });
}

/** The keys of a board's cards. */
export const of = (name) => IDBKeyRange.bound([name], [name, []]);

/** How a board last stood, or the board that was looked at last; undefined if none is kept. */
export function recall(name) {
  return transact(['boards', 'cards', 'frames'], 'readonly', async ({ boards, cards, frames }) => {
    const known = (await got(boards.getAll())).sort((a, b) => b.at - a.at);
    const board = name ? known.find((one) => one.name === name) : known[0];
    const frame = board && (await got(frames.get(board.name)));
    return frame && { ...board, ...frame, orders: await got(cards.getAll(of(board.name))) };
  });
}

/** Write a tap down; its number. What is not sent at once has to outlive a flat battery. */
export const keepTap = (tap) =>
  transact(['taps'], 'readwrite', ({ taps }) => got(taps.add(tap)), tap.late ? 'strict' : 'relaxed');

export const tapOf = (n) => transact(['taps'], 'readonly', ({ taps }) => got(taps.get(n)));
export const allTaps = () => transact(['taps'], 'readonly', ({ taps }) => got(taps.getAll()));

/** Add to what is known of a tap, if it is still there. */
export function changeTap(n, news) {
  return transact(['taps'], 'readwrite', async ({ taps }) => {
    const tap = await got(taps.get(n));
    if (tap) taps.put({ ...tap, ...news });
  });
}

export function dropTaps(numbers) {
  return transact(['taps'], 'readwrite', ({ taps }) => numbers.forEach((n) => taps.delete(n)));
}

async function open() {
  try {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, shape] of Object.entries(STORES)) {
        request.result.createObjectStore(name, shape);
      }
    };
    const base = await got(request);
    base.onversionchange = () => base.close();
    base.onclose = () => (opening = null);
    return base;
  } catch (error) {
    setTimeout(() => (opening = null)); // ask again, but not at once
    throw error;
  }
}
