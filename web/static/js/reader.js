/** What a QR code in a video says: read by the browser where it can, else by a worker of ours. */
import { meta } from 'heard/page';

const WIDEST = 640; // of the picture that the worker searches

/** A reader with `read(video)`: the text, or ''. `end()` lets go of what it needs. */
export async function reader() {
  return (await own()) ?? viaWorker();
}

async function own() {
  const formats = await window.BarcodeDetector?.getSupportedFormats();
  if (!formats?.includes('qr_code')) return null;
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  const read = async (video) => (await detector.detect(video))[0]?.rawValue ?? '';
  return { read, end: () => undefined };
}

function viaWorker() {
  const worker = new Worker(meta('qr-worker'));
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let answered = () => undefined;
  worker.onmessage = ({ data }) => answered(data);
  worker.onerror = () => answered('');

  function read(video) {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    const width = (canvas.width = Math.round(video.videoWidth * scale));
    const height = (canvas.height = Math.round(video.videoHeight * scale));
    context.drawImage(video, 0, 0, width, height);
    const { buffer } = context.getImageData(0, 0, width, height).data;
    worker.postMessage({ pixels: buffer, width, height }, [buffer]);
    return new Promise((done) => (answered = done));
  }

  return { read, end: () => worker.terminate() };
}
