// Keeps the page itself, so that it opens without the network. What people measured is never kept here.
const SHELL = 'tempoband-shell-1';
const MOST_ASSETS = 40;

self.addEventListener('install', (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/** The page and every asset it names: all that a start without the network needs. */
async function keepPage() {
  const cache = await caches.open(SHELL);
  const page = await fetch('/', { cache: 'no-cache' });
  const named = (await page.clone().text()).match(/\/assets\/[^"']+/g) ?? [];
  await cache.addAll([...new Set(named)]);
  await cache.put('/', page);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(newestPage(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(keptAsset(request));
});

/** The newest page when the server answers, the kept one when it does not. */
async function newestPage(request) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put('/', answer.clone());
    return answer;
  } catch {
    return (await cache.match('/')) ?? Response.error();
  }
}

/** Assets carry their hash in the name: a kept one is never wrong. */
async function keptAsset(request) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const keys = await cache.keys();
    if (keys.length > MOST_ASSETS) await cache.delete(keys.find((key) => key.url.includes('/assets/')));
  }
  return answer;
}
