// What the tab remembers, until it is closed: which conversation, which language. Never what was written.

const NAMES = ["bussola-session", "bussola-told", "bussola-locale", "bussola-human"];

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
