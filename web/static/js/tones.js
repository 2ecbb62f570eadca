/** Three short tones that tell apart what a scan was answered; silent until the page was touched. */

const MOTIFS = {
  ok: [[1046, 0], [1568, 0.09]],
  already: [[784, 0], [784, 0.14]],
  wrong: [[520, 0], [520, 0.1], [520, 0.2]],
};
const LASTS = 0.08;
const LOUD = 0.25;

let context = null;

/** Somebody has pressed something: from now on there may be sound. */
export function unlock() {
  context ??= window.AudioContext ? new AudioContext() : null;
  if (context?.state === 'suspended') context.resume();
}

export function play(name) {
  if (context?.state !== 'running') return;
  for (const [pitch, after] of MOTIFS[name]) tone(pitch, context.currentTime + after);
}

function tone(pitch, at) {
  const voice = new OscillatorNode(context, { frequency: pitch });
  const level = new GainNode(context, { gain: 0 });
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(LOUD, at + 0.01);
  level.gain.linearRampToValueAtTime(0, at + LASTS);
  voice.connect(level).connect(context.destination);
  voice.start(at);
  voice.stop(at + LASTS);
}
