/** One follower of a channel, by the page's own modules; notes what its lamp says, and what is shown. */
import { follow } from 'heard/stream';
import { watch } from 'heard/lamp';
import { page } from 'heard/page';

const EVERY = 200;
const NEVER = () => {};
const steady = performance.now.bind(performance);
const dated = Date.now.bind(Date);

window.looks = []; // [ms since 1970, what the lamp says, epoch, offset, whether the socket is open]
window.setClock = (milliseconds) => (Date.now = () => dated() + milliseconds);
window.growOld = () => (document.querySelector('meta[name="build"]').content = 'an older one');

const sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    sockets.push(this);
  }
};

const on = { subscribed: NEVER, snapshot: NEVER, event: NEVER, ended: NEVER };
const stream = follow(page.location.channel, page.position, on);
let said = '';

function look() {
  const { epoch, offset } = stream.position;
  const open = sockets.at(-1)?.readyState === WebSocket.OPEN;
  window.looks.push([performance.timeOrigin + steady(), said, epoch, offset, open]);
}

watch(({ state }) => {
  said = state;
  look();
});
setInterval(look, EVERY);
