/** Reads QR codes in pictures, away from the page: where the browser itself cannot. */
/* global jsQR */
importScripts('/static/vendor/jsqr.js');

onmessage = ({ data: { pixels, width, height } }) => {
  const found = jsQR(new Uint8ClampedArray(pixels), width, height, { inversionAttempts: 'dontInvert' });
  postMessage(found?.data ?? '');
};
