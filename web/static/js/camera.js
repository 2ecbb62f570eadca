/** The camera of the device, looking for codes: asked for once, let go when nobody looks. */
import { reader } from 'heard/reader';

const PAUSE = 80; // between two looks at the picture

const WISHES = { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } };

/** A camera for a video element. `on` has found(text), changed(state), failed(why). */
export function camera(video, on) {
  let stream = null;
  let eyes = null;
  let lit = false;

  /** `device`: that very camera, else whichever looks away from the person. */
  async function start(device) {
    if (!navigator.mediaDevices) return on.failed('insecure');
    try {
      const wishes = device ? { deviceId: { exact: device } } : WISHES;
      stream = await navigator.mediaDevices.getUserMedia({ video: wishes, audio: false });
    } catch (error) {
      return on.failed(error.name === 'NotAllowedError' ? 'refused' : 'none');
    }
    video.srcObject = stream;
    const mine = stream;
    for (const track of mine.getTracks()) track.onended = () => mine === stream && stop();
    await video.play().catch(() => undefined);
    on.changed(await state());
    look(mine);
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    lit = false;
    video.srcObject = null;
    eyes?.end();
    eyes = null;
    on.changed({ on: false, torch: false, others: false, lit });
  }

  async function look(mine) {
    eyes ??= await reader();
    while (mine === stream) {
      const text = video.videoWidth && eyes ? await eyes.read(video).catch(() => '') : '';
      if (text && mine === stream) on.found(text);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  const track = () => stream?.getVideoTracks()[0];
  const cameras = async () =>
    (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');

  async function state() {
    const torch = Boolean(track()?.getCapabilities?.().torch);
    return { on: Boolean(stream), torch, others: (await cameras()).length > 1, lit };
  }

  async function torch() {
    lit = !lit;
    await track()?.applyConstraints({ advanced: [{ torch: lit }] });
    on.changed(await state());
  }

  /** The next camera of the device. */
  async function turn() {
    const ids = (await cameras()).map(({ deviceId }) => deviceId);
    const here = ids.indexOf(track()?.getSettings().deviceId);
    stop();
    await start(ids[(here + 1) % ids.length]);
  }

  return { start, stop, torch, turn, isOn: () => Boolean(stream) };
}
