// The service worker of the desk's own pages: what was loaded once is there without a connection. It keeps the desk's
// files, its words and the titles of entries; never a question, a reply or an entry that somebody read.

const SHELF = "bussola-1";
const KEPT = /^\/(static\/|desk\.js|widget\.js|widget\.json|api\/v1\/entries$|[a-z0-9-]*$)/;

async function fresh(request) {
  const shelf = await caches.open(SHELF);
  try {
    const answer = await fetch(request);
    if (answer.ok) await shelf.put(request, answer.clone());
    return answer;
  } catch (away) {
    const kept = await shelf.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw away;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || !KEPT.test(pathname)) return;
  event.respondWith(fresh(request));
});
