/* The shell and static files, for when there is no network. Never orders, never answers of the API.
   The server writes HEARD above this: the build, and the files that belong to it. */
const CACHE = `heard-${HEARD.build}`;
const SHELL = '/shell';
const PATIENCE = 6_000; // for a page that may come from here instead
const UNREACHABLE = [502, 503, 504];

addEventListener('install', (event) => {
  event.waitUntil(fill());
  skipWaiting();
});

addEventListener('activate', (event) => event.waitUntil(takeOver()));

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate' && /^\/(board|orders\/[^/]+)?$/.test(pathname)) {
    event.respondWith(page(event));
  } else if (pathname.startsWith('/static/')) {
    event.respondWith(file(request));
  }
});

async function fill() {
  const cache = await caches.open(CACHE);
  const shell = new Request(SHELL, { credentials: 'omit', cache: 'reload' });
  await cache.addAll([shell, ...HEARD.files]);
}

/** The files of other builds are of no use any more. */
async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('heard-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await registration.navigationPreload?.enable();
  await clients.claim();
}

/** From the server if it answers, else the shell, which shows what was kept. */
async function page({ request, preloadResponse }) {
  const shell = await caches.match(SHELL, { cacheName: CACHE });
  const late = new Promise((done) => setTimeout(done, PATIENCE, shell));
  const asked = ask(request, preloadResponse).catch(() => shell ?? Response.error());
  const answer = await (shell ? Promise.race([asked, late]) : asked);
  return UNREACHABLE.includes(answer.status) ? shell ?? answer : answer;
}

const ask = async (request, preloaded) => (await preloaded) ?? fetch(request);

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}
