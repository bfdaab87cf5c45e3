// The service worker of the desk's own pages: what was loaded once is there without a connection. It keeps the desk's
// files, its words and the titles of entries; never a question, a reply or an entry that somebody read, nor the console.

const SHELF = "bussola-2"; // older versions kept more than they should: theirs are emptied
const KEPT = /^\/(static\/|desk\.js|widget\.js|widget\.json|titles\.json|(?!(console|health|metrics)$)[a-z0-9-]*$)/;

let left = false; // whoever left by the quick exit: what is still on its way is not kept

async function fresh(request) {
  let answer = null;
  try {
    answer = await fetch(request);
  } catch (away) {
    const kept = await caches.match(request, { cacheName: SHELF, ignoreVary: true });
    if (kept) return kept;
    throw away;
  }
  try {
    if (answer.ok && !left) await (await caches.open(SHELF)).put(request, answer.clone());
  } catch (full) { /* no room, or none allowed: what came is shown all the same */ }
  return answer;
}

self.addEventListener("message", () => { left = true; });
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== SHELF) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || searchParams.has("q") || origin !== self.location.origin || !KEPT.test(pathname)) return;
  event.respondWith(fresh(request));
});
