// What the tab remembers, until it is closed: which conversation, which language. Never what was written.

const NAMES = ["bussola-session", "bussola-told", "bussola-locale", "bussola-human", "bussola-seen"];

export function recall(name) {
  try { return sessionStorage.getItem(`bussola-${name}`); } catch (refused) { return null; }
}

export function remember(name, value) {
  try {
    if (value) sessionStorage.setItem(`bussola-${name}`, value); else sessionStorage.removeItem(`bussola-${name}`);
  } catch (refused) { /* this browser keeps nothing: the page itself still does, until it is closed */ }
}

export function forgetAll() {
  for (const name of NAMES) {
    try { sessionStorage.removeItem(name); } catch (refused) { /* nothing was kept */ }
  }
}

// On the desk's own pages the browser also keeps its files for the time without a connection: proof that somebody was
// here. Resolves when they are gone, or after a moment: nobody who leaves in a hurry waits for it.
export function unshelve() {
  const gone = [], worker = navigator.serviceWorker && navigator.serviceWorker.controller;
  if (worker) worker.postMessage("left");
  if (window.caches) gone.push(caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name)))));
  if (navigator.serviceWorker) gone.push(navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((each) => each.unregister()))));
  return Promise.race([Promise.all(gone), new Promise((done) => setTimeout(done, 300))]).catch(() => {});
}
