/** Calls to /api/v1: the one way in which this page changes anything. */
import { meta } from 'heard/page';

const PATIENCE = 10_000;

/** POST, safely repeatable by its key. `status` 0: no answer came. */
export const post = (path, body, how) => send('POST', path, body, how);

/** Any change: JSON, or a form with a file. */
export async function send(method, path, body, { key = newKey(), seen, patience } = {}) {
  const form = body instanceof FormData;
  const headers = {
    ...(form ? {} : { 'Content-Type': 'application/json' }),
    'Idempotency-Key': key,
    'X-CSRF-Token': meta('csrf'),
    ...(seen ? { 'If-Match': `"${seen}"` } : {}),
  };
  return ask(path, { method, headers, body: form ? body : JSON.stringify(body) }, null, patience);
}

/** GET; the signal lets a newer question cancel an older one. */
export async function get(path, signal) {
  return ask(path, { cache: 'no-store' }, signal);
}

/** A UUID of version 7: random, and in order of time. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint32(0, Math.floor(Date.now() / 2 ** 16));
  new DataView(bytes.buffer).setUint16(4, Date.now() % 2 ** 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function ask(path, request, signal, patience = PATIENCE) {
  const limit = AbortSignal.timeout(patience);
  try {
    const answer = await fetch(`/api/v1${path}`, {
      ...request,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { status: 0, body: {} };
  }
}
