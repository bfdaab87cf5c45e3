// The widget: asks the server, one message at a time, and shows its replies.

import { button, choice, directed, make, rendered } from "./replies.js";

const HARMLESS = "https://www.ansa.it/meteo";
const PATIENCE = 30000; // milliseconds until an answer that does not come counts as not sent
const LONGEST = 4000;
const SAME = { prs: "fa", cmn: "zh", arb: "ar", als: "sq", mo: "ro" };
const [home, log, ask, field, select, tools, status] =
  ["home", "log", "ask", "question", "language", "tools", "status"].map((id) => document.getElementById(id));

const page = { words: {}, locale: "en", press: (payload, title) => send({ payload }, title) };
const known = {}; // what the server said about each language
const now = {
  session: recall("bussola-session"),
  chosen: recall("bussola-locale"), // the language that the person chose; null: the browser's
  told: recall("bussola-told"), // the choice that the server already knows for this session
  place: (new URLSearchParams(location.search).get("place") || "").slice(0, 80),
  waiting: [], // messages not yet answered, in order; only one is ever on its way
  busy: false,
  era: 0, // one more with each new conversation: a reply to an older one is dropped
};

// ---- what the tab remembers -------------------------------------------------------------------------------------------

function recall(name) {
  try { return sessionStorage.getItem(name); } catch (refused) { return null; }
}

function remember(name, value) {
  try {
    if (value) sessionStorage.setItem(name, value); else sessionStorage.removeItem(name);
  } catch (refused) { /* this browser keeps nothing: the page itself still does, until it is closed */ }
}

function keepSession(session, told) {
  Object.assign(now, { session, told });
  remember("bussola-session", session);
  remember("bussola-told", told);
}

function keepChoice(tag) {
  now.chosen = tag;
  remember("bussola-locale", tag);
}

// ---- the page's language ----------------------------------------------------------------------------------------------

async function fetched(tag) {
  if (!known[tag]) {
    const answer = await fetch(`/widget.json?locale=${encodeURIComponent(tag)}`, { credentials: "omit" });
    if (!answer.ok) throw new Error(`widget.json: ${answer.status}`);
    known[tag] = await answer.json();
  }
  return known[tag];
}

// The words around a reply: the page's, or those of the reply's language when somebody wrote in another one unasked.
async function around(reply) {
  if (now.chosen || reply.locale === page.locale) return page;
  try {
    const { words, locale } = await fetched(reply.locale);
    return Object.assign({}, page, { words, locale });
  } catch (fault) {
    return page;
  }
}

async function start() {
  const wished = [now.chosen, ...(navigator.languages || [navigator.language])].filter(Boolean)
    .map((tag) => tag.toLowerCase().split("-")[0]).map((tag) => SAME[tag] || tag).concat("en", "it");
  const first = await fetched(wished[0]);
  const tags = first.locales.map((each) => each.tag);
  const best = wished.find((tag) => tags.includes(tag)) || first.locale;
  label(best === first.locale ? first : await fetched(best));
}

// Puts the words of a language into the page.
function label(content) {
  const { words } = content;
  Object.assign(page, { words, locale: content.locale });
  Object.assign(document.documentElement, { lang: content.locale, dir: content.dir });
  document.title = `Bussola · ${words.title}`;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", words[node.dataset.label]);
  for (const node of document.querySelectorAll("[data-title]")) node.title = words[node.dataset.title];
  field.placeholder = words.placeholder;
  fit();
  document.getElementById("greeting").textContent = content.greeting;
  document.getElementById("topics").replaceChildren(...content.topics.map((topic) => make("li", "", choice(topic, page))));
  select.replaceChildren(...content.locales.map((each) => {
    const option = make("option", "", each.name);
    return Object.assign(option, { value: each.tag, lang: each.tag, dir: each.dir, selected: each.tag === content.locale });
  }));
  document.body.classList.add("ready");
}

async function choose(tag, name) {
  try {
    label(await fetched(tag));
  } catch (fault) {
    select.value = page.locale;
    status.textContent = page.words.failed;
    return;
  }
  keepChoice(tag);
  if (now.session) send({ payload: `/locale ${tag}` }, name);
}

// ---- sending ----------------------------------------------------------------------------------------------------------

function send(body, title) {
  const text = make("p", "", title);
  text.dir = "auto";
  const message = { body, bubble: make("div", "said", make("span", "unseen", `${page.words.you}: `), text), retried: false, failed: false };
  now.waiting.push(message);
  log.append(message.bubble);
  talking(true);
  bring(message.bubble);
  if (!navigator.onLine) trouble(message, page.words.offline);
  proceed();
}

// Sends the first message that waits, then the next. One at a time: none is ever on its way twice.
async function proceed() {
  const message = now.waiting.find((each) => !each.failed);
  if (now.busy || !message || !navigator.onLine) return;
  const { era } = now;
  now.busy = true;
  trouble(message, null);
  writing(true);
  const outcome = await post(message.body);
  if (era !== now.era) return; // the person has begun anew meanwhile
  now.busy = false;
  writing(false);
  if (outcome.nodes) {
    now.waiting = now.waiting.filter((each) => each !== message);
    answered(message, outcome);
  } else if (outcome.away && !navigator.onLine && !message.retried) {
    trouble(message, page.words.offline);
  } else {
    message.failed = true;
    trouble(message, outcome.away ? `${page.words.not_sent} ${page.words.failed}` : page.words[outcome.word], outcome.word !== "too_long");
  }
  proceed();
}

// The server's replies as elements; {away} without a connection; {word}: the sentence for a refusal.
async function post(body) {
  const choice = now.chosen !== now.told ? now.chosen : null;
  const more = { session: now.session, locale: choice, place: now.place };
  const message = Object.assign({}, body);
  for (const name of Object.keys(more)) if (more[name]) message[name] = more[name];
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch("/api/v1/messages", {
      method: "POST", credentials: "omit", signal: stop.signal, body: JSON.stringify(message),
      // A hint, so that a topic's button is answered in the language in which it is written.
      headers: { "Content-Type": "application/json", "Accept-Language": page.locale },
    });
    if (!answer.ok) return { word: { 429: "too_many", 413: "too_long" }[answer.status] || "failed" };
    const { session, replies } = await answer.json();
    const nodes = await Promise.all(replies.map(async (reply) => rendered(reply, await around(reply))));
    return { session, nodes, told: choice || (session === now.session ? now.told : null) };
  } catch (fault) {
    return { away: true };
  } finally {
    clearTimeout(alarm);
  }
}

function answered(message, { session, nodes, told }) {
  const [command, rest] = (message.body.payload || "").split(" ");
  if (command === "/delete") {
    begin();
    status.textContent = nodes.map((node) => node.querySelector(".text").textContent).join(" ");
    return;
  }
  keepSession(session, told);
  log.append(...nodes);
  bring(message.bubble);
  if (command === "/locale" && rest !== page.locale) fetched(rest).then(label, () => {});
  if (command === "/locale") {
    keepChoice(rest);
    keepSession(session, rest);
  }
}

// Puts a sentence under the person's message that says what became of it, maybe with a way to try again; null: takes it away.
function trouble(message, sentence, again) {
  if (message.trouble) message.trouble.remove();
  message.trouble = sentence && make("div", "trouble", directed(make("p", "", sentence)));
  if (!sentence) return;
  if (again) message.trouble.append(button("quiet", () => retry(message), page.words.try_again));
  message.bubble.append(message.trouble);
}

function retry(message) {
  message.failed = false;
  if (!navigator.onLine) trouble(message, page.words.offline);
  proceed();
}

// Back online: whatever waits is sent once more by itself; after that only the person decides.
function online() {
  for (const message of now.waiting) {
    if (!message.retried) message.failed = false;
    message.retried = true;
  }
  if (page.words.title) proceed(); else begun();
}

// ---- the conversation on the page -------------------------------------------------------------------------------------

function talking(yes) {
  if (yes && home.contains(document.activeElement)) log.focus({ preventScroll: true }); // what had the focus disappears
  home.hidden = yes;
  tools.hidden = !yes;
  status.textContent = "";
  sure(false);
}

function writing(yes) {
  document.getElementById("writing").hidden = !yes;
  log.setAttribute("aria-busy", String(yes));
}

function bring(node) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

// Forgets the conversation here and shows the start page.
function begin() {
  now.era += 1;
  Object.assign(now, { waiting: [], busy: false });
  keepSession(null, null);
  log.replaceChildren();
  writing(false);
  talking(false);
  window.scrollTo(0, 0);
}

function sure(asked) {
  document.getElementById("sure").hidden = !asked;
  document.getElementById("calm").hidden = asked;
}

// Leaves no trace on the screen or in the tab, and asks the server to forget. Works within a frame too.
function leave() {
  document.documentElement.hidden = true;
  document.title = "";
  if (now.session) {
    fetch(`/api/v1/sessions/${encodeURIComponent(now.session)}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }
  for (const name of ["bussola-session", "bussola-told", "bussola-locale"]) remember(name, null);
  try { window.top.location.replace(HARMLESS); } catch (refused) { location.replace(HARMLESS); }
}

// ---- the question field -----------------------------------------------------------------------------------------------

function fit() {
  field.dir = field.value ? "auto" : document.documentElement.dir;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
}

function submitted() {
  const text = field.value.trim();
  if (!text) return field.focus();
  if (Array.from(text).length > LONGEST) {
    status.textContent = page.words.too_long;
    return;
  }
  field.value = "";
  fit();
  if (matchMedia("(pointer: coarse)").matches) field.blur(); // or the keyboard covers the answer
  send({ text }, text);
}

function begun() {
  const lost = document.getElementById("lost");
  return start().then(() => { lost.hidden = true; }, () => { lost.hidden = false; });
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  submitted();
});
field.addEventListener("input", fit);
field.addEventListener("keydown", (event) => {
  // Enter also ends a word in Chinese input: then it is not meant for us.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submitted();
});
select.addEventListener("change", () => choose(select.value, select.selectedOptions[0].textContent));
const pressed = (id, act) => document.getElementById(id).addEventListener("click", act);
pressed("exit", leave);
pressed("again", begin);
pressed("delete", () => {
  sure(true);
  document.getElementById("keep").focus();
});
pressed("keep", () => {
  sure(false);
  document.getElementById("delete").focus();
});
pressed("forget", () => {
  log.focus({ preventScroll: true });
  send({ payload: "/delete" }, page.words.delete);
});
window.addEventListener("online", online);
begun();
