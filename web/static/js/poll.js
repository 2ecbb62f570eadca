/** Where sockets do not get through: ask for the board every 5 s, and only for news. */
const EVERY = 5_000;

/** `adopt` is given a changed board, `refused` a status that will stay; `answered` follows each answer. */
export function poller(channel, adopt, refused, answered) {
  const address = `/api/v1/locations/${channel.split(':')[1]}/board`;
  let timer = null;
  let tag = '';

  async function ask() {
    const answer = await fetch(address, {
      headers: tag ? { 'If-None-Match': tag } : {},
      cache: 'no-store',
      signal: AbortSignal.timeout(EVERY),
    }).catch(() => null);
    if (!timer || !answer) return;
    if ([401, 403, 404].includes(answer.status)) return refused(answer.status);
    const changed = answer.ok ? await answer.json().catch(() => null) : null;
    if (!timer || (!changed && answer.status !== 304)) return;
    if (changed) {
      tag = answer.headers.get('ETag') ?? '';
      adopt(changed);
    }
    answered();
  }

  function start() {
    if (timer) return;
    timer = setInterval(ask, EVERY);
    ask();
  }

  /** Whether it was running. */
  function stop() {
    const ran = timer !== null;
    clearInterval(timer);
    timer = null;
    return ran;
  }

  return { start, stop };
}
