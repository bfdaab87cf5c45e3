// The desk: asks the server, one message at a time, and shows its replies.

import { hush } from "./beside.js";
import { begun, hear, silence } from "./mediator.js";
import { forgetAll, recall, remember, unshelve } from "./memory.js";
import { button, directed, drawings, make, refill } from "./parts.js";
import { choice, hours, rendered } from "./replies.js";
import { furnish } from "./room.js";
import { hide, moves, suggest, titlesIn } from "./suggest.js";

const HARMLESS = "https://www.google.com/search?q=meteo";
const PATIENCE = 30000; // milliseconds until an answer that does not come counts as not sent
const SOON = 1500; // milliseconds until a message that was lost on the way is sent a second time
const LONGEST = 4000;
const SAME = { prs: "fa", cmn: "zh", arb: "ar", als: "sq", mo: "ro" };

const page = { words: {}, locale: "en", press: (payload, title) => send({ payload }, title), tell };
const parts = {}; // the desk's elements by id
const known = {}; // what the server said about each language
const now = {
  session: null,
  chosen: null, // the language that the person chose; null: the browser's
  told: null, // the choice that the server already knows for this session
  waiting: [], // messages not yet answered, in order; only one is ever on its way
  busy: false,
  gone: false, // whether the person has left by the quick exit: nothing is shown or kept any more
  left: false, // whether the person has gone back from a mediator to the bot
  news: [], // what a mediator wrote while the panel in the corner was closed
  era: 0, // one more with each new conversation: a reply to an older one is dropped
};

// Furnishes `room` once and puts words into it; fails when the server cannot be reached, and can then be called again.
export async function begin(room, options) {
  if (!page.room) {
    Object.assign(page, options, { room });
    Object.assign(now, { session: recall("session"), chosen: recall("locale"), told: recall("told") });
    const words = fetched(wished()[0]).catch(() => {}); // at the same time; where it fails, start says so
    await Promise.all([words, drawings(`${page.base}/static/icons.svg`)]);
    furnish(room, page.whole);
    for (const node of room.querySelectorAll("[id]")) parts[node.id] = node;
    wire();
  }
  await start();
  if (now.session && recall("human")) converse(true); // a mediator may have answered while another page was open
  if (page.whole) later(provide);
}

function later(act) {
  if (window.requestIdleCallback) requestIdleCallback(act); else setTimeout(act, 1000);
}

// What the desk needs without a connection, once it can be used: titles to suggest and, on a page of its own, its files,
// which came before the service worker was there: it sees them pass when they are asked for again.
async function provide() {
  if (now.gone) return;
  const { serviceWorker } = navigator;
  const titles = titlesIn(page);
  if (!page.whole || !serviceWorker) return;
  const ours = /\/(static\/|(desk|widget)\.js|(widget|titles)\.json)/;
  const pass = async () => {
    await titles;
    if (now.gone) return;
    const files = performance.getEntriesByType("resource").map((each) => each.name).filter((name) => ours.test(name));
    for (const address of files.concat(location.href)) fetch(address).catch(() => {});
  };
  if (!serviceWorker.controller) serviceWorker.addEventListener("controllerchange", pass, { once: true });
  serviceWorker.register(`${page.base}/offline.js`).catch(() => {});
}

// ---- the language ------------------------------------------------------------------------------------------------------

async function fetched(tag) {
  if (!known[tag]) {
    const query = `locale=${encodeURIComponent(tag)}&municipality=${encodeURIComponent(page.municipality)}`;
    const answer = await fetch(`${page.base}/widget.json?${query}`, { credentials: "omit" });
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

// The languages that the person may want, best first.
function wished() {
  return [now.chosen, page.asked, ...(navigator.languages || [navigator.language])].filter(Boolean)
    .map((tag) => tag.toLowerCase().split("-")[0]).map((tag) => SAME[tag] || tag).concat("en", "it");
}

async function start() {
  const first = await fetched(wished()[0]);
  const tags = first.locales.map((each) => each.tag);
  const best = wished().find((tag) => tags.includes(tag)) || first.locale;
  label(best === first.locale ? first : await fetched(best));
}

// Puts the words of a language into the desk.
function label(content) {
  if (now.gone) return;
  const { words, municipality } = content;
  const { room } = page;
  Object.assign(page, { words, locale: content.locale });
  Object.assign(room, { lang: content.locale, dir: content.dir });
  const marked = (name) => room.querySelectorAll(`[data-${name}]`);
  for (const node of marked("word")) node.textContent = words[node.dataset.word];
  for (const node of marked("label")) node.setAttribute("aria-label", words[node.dataset.label]);
  for (const node of marked("title")) node.title = words[node.dataset.title];
  parts.question.placeholder = words.placeholder;
  refill(parts.title, words.title);
  refill(parts.greeting, content.greeting);
  refill(parts.topics, ...content.topics.map((topic) => make("li", "", choice(topic, page))));
  refill(parts.language, ...content.locales.map((each) => {
    const option = make("option", "", each.name);
    return Object.assign(option, { value: each.tag, lang: each.tag, dir: each.dir, selected: each.tag === content.locale });
  }));
  parts.read.href = `${page.base}/${content.locale}`;
  parts.statement.href = `${page.base}/${content.locale}/accessibility${page.municipality && `?municipality=${encodeURIComponent(page.municipality)}`}`;
  dress(municipality);
  if (page.whole) {
    Object.assign(document.documentElement, { lang: content.locale, dir: content.dir });
    document.title = `${municipality ? municipality.name : "Bussola"} · ${words.title}`;
  } else {
    for (const link of [parts.read, parts.statement]) Object.assign(link, { target: "_blank", rel: "noopener" });
  }
  fit();
}

// A municipality's own name, sign, colour and hours; its town unless another one was asked for.
function dress(municipality) {
  page.exit = (municipality && municipality.exit) || HARMLESS;
  if (!municipality) return;
  page.place = page.place || municipality.place;
  refill(parts.brand, municipality.name);
  const { room } = page;
  room.classList.add("town");
  if (municipality.colour) for (const name of ["--said", "--brand"]) room.style.setProperty(name, municipality.colour);
  if (municipality.logo && !room.querySelector(".logo")) {
    const sign = make("img", "logo");
    Object.assign(sign, { src: page.base + municipality.logo, alt: "" });
    room.querySelector(".brand > svg").replaceWith(sign);
  }
  const when = hours(municipality.hours, page);
  const open = { true: page.words.open_now, false: page.words.closed_now }[municipality.open_now];
  parts.hours.classList.toggle("shut", municipality.open_now === false);
  refill(parts.hours, ...(when ? [directed(make("span", "", [open, when].filter(Boolean).join(" · ")))] : []));
}

async function choose(tag, name) {
  try {
    label(await fetched(tag));
  } catch (fault) {
    parts.language.value = page.locale;
    return tell(page.words.failed);
  }
  if (now.gone) return;
  keepChoice(tag);
  if (now.session) send({ payload: `/locale ${tag}` }, name);
}

function keepSession(session, told) {
  Object.assign(now, { session, told });
  remember("session", session);
  remember("told", told);
}

function keepChoice(tag) {
  now.chosen = tag;
  remember("locale", tag);
}

// ---- sending -----------------------------------------------------------------------------------------------------------

// A name for a message, so that the server answers it once however often it arrives.
function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The person's own words.
function said(title) {
  const text = make("p", "", title);
  text.dir = "auto";
  return make("div", "said", make("span", "unseen", `${page.words.you}: `), text);
}

function send(body, title) {
  const bubble = said(title);
  // What could not be sent before goes first, or an answer would stand under the wrong question.
  for (const earlier of now.waiting) earlier.failed = earlier.hopeless;
  const message = { body: Object.assign({ key: key() }, body), bubble, retried: false, failed: false };
  if (["/bot", "/human"].includes(body.payload)) now.left = true;
  now.waiting.push(message);
  parts.log.append(bubble);
  talking(true);
  bring(bubble);
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
  } else if (outcome.away && !message.retried) {
    trouble(message, page.words.offline);
    message.retried = navigator.onLine; // without a connection nothing was tried: it waits for the event
    if (navigator.onLine) setTimeout(proceed, SOON);
    return;
  } else {
    message.failed = true;
    message.hopeless = outcome.word === "too_long";
    trouble(message, outcome.away ? `${page.words.not_sent} ${page.words.failed}` : page.words[outcome.word], !message.hopeless);
  }
  proceed();
}

// The server's replies as elements; {away} without a connection; {word}: the sentence for a refusal.
async function post(body) {
  const choice = now.chosen !== now.told ? now.chosen : null;
  const more = { session: now.session, locale: choice, place: page.place };
  const message = Object.assign({}, body);
  for (const name of Object.keys(more)) if (more[name]) message[name] = more[name];
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`${page.base}/api/v1/messages`, {
      method: "POST", credentials: "omit", signal: stop.signal, body: JSON.stringify(message),
      // A hint, so that a topic's button is answered in the language in which it is written.
      headers: { "Content-Type": "application/json", "Accept-Language": page.locale },
    });
    if (!answer.ok) return { word: { 429: "too_many", 413: "too_long" }[answer.status] || "failed" };
    const { session, replies, handoff } = await answer.json();
    const nodes = await drawn(replies);
    return { session, nodes, handoff, told: choice || (session === now.session ? now.told : null) };
  } catch (fault) {
    return { away: true };
  } finally {
    clearTimeout(alarm);
  }
}

function drawn(replies) {
  return Promise.all(replies.map(async (reply) => rendered(reply, await around(reply))));
}

function answered(message, { session, nodes, told, handoff }) {
  const [command, rest] = (message.body.payload || "").split(" ");
  if (command === "/delete") {
    restart();
    return tell(nodes.map((node) => node.querySelector(".text").textContent).join(" "));
  }
  keepSession(session, told);
  parts.log.append(...nodes);
  bring(message.bubble);
  if (command === "/locale" && rest !== page.locale) fetched(rest).then(label, () => {});
  if (command === "/locale") {
    keepChoice(rest);
    keepSession(session, rest);
  }
  if (handoff === "closed" && now.left) unheard();
  if (handoff === "waiting" || handoff === "claimed") converse();
}

// Puts a sentence under the person's message that says what became of it, maybe with a way to try again; null: takes it away.
function trouble(message, sentence, again) {
  if (message.trouble) {
    keepFocus(parts.log, message.trouble);
    message.trouble.remove();
  }
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
  proceed();
}

// Listens to a mediator until the conversation with one is over. `anew`: the page has been loaded again meanwhile.
function converse(anew) {
  if (begun()) return;
  const { session } = now;
  now.left = false;
  remember("human", session);
  talking(true);
  hear(`${page.base}/api/v1/sessions/${encodeURIComponent(session)}`, page, {
    show: (id, ...nodes) => { if (session === now.session && nodes.length) arrived(id, nodes); },
    over,
    left: () => now.left,
    said,
    drawn,
    anew,
  });
}

// A conversation with a mediator is over. What nobody has seen is asked for again on the next page.
function over() {
  if (!begun() && !now.news.length) remember("human", null);
}

// Listens to nobody any more: what comes next is another conversation.
function unheard() {
  silence();
  remember("human", null);
  remember("seen", null);
  now.news = [];
  count();
}

// Something comes unasked: it is shown, said beside the closed panel, or offered to who reads further up.
function arrived(id, nodes) {
  const below = atEnd();
  parts.log.append(...nodes);
  if (id <= Number(recall("seen"))) return;
  if (!page.whole && parts.panel.hidden) {
    if (id) now.news.push({ id, node: nodes[0] });
    return count();
  }
  if (id) remember("seen", String(id));
  if (below) bring(nodes[0]); else parts.fresh.hidden = false;
}

// How many messages nobody has seen, on the button in the corner and to screen readers.
function count() {
  if (page.whole) return;
  const { length } = now.news;
  parts.badge.hidden = !length;
  parts.badge.lastChild.textContent = length;
  parts.heard.textContent = length ? `${page.words.news} (${length})` : "";
}

// Whether the end of the conversation is in view, above the question field.
function atEnd() {
  const last = parts.log.lastElementChild;
  return !last || last.getBoundingClientRect().bottom < Math.min(parts.ask.getBoundingClientRect().top, innerHeight) + 90;
}

// Somebody has scrolled to what is new: the button that leads there goes. Behind a closed panel nothing was reached.
function reached() {
  if (parts.fresh.hidden || (!page.whole && parts.panel.hidden) || !atEnd()) return;
  keepFocus(parts.log, parts.fresh);
  parts.fresh.hidden = true;
}

// ---- the conversation on the page --------------------------------------------------------------------------------------

// Says a short sentence beside the question field; it is read out, also when it is the same one again.
function tell(sentence) {
  parts.status.textContent = sentence && parts.status.textContent === sentence ? `${sentence}\u00a0` : sentence;
}

// What holds the focus is about to disappear: it goes to `heir` instead of getting lost.
function keepFocus(heir, ...going) {
  const focused = page.room.getRootNode().activeElement;
  if (going.some((node) => node.contains(focused))) heir.focus({ preventScroll: true });
}

function talking(yes) {
  if (yes) keepFocus(parts.log, parts.home, parts.suggestions);
  parts.home.hidden = yes;
  if (!yes) keepFocus(parts.title, parts.log, parts.tools);
  parts.tools.hidden = !yes;
  tell("");
  sure(false);
}

function writing(yes) {
  parts.writing.hidden = !yes;
  parts.log.setAttribute("aria-busy", String(yes));
}

function bring(node) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (page.whole) node.scrollIntoView({ block: "start", behavior });
  else parts.middle.scrollTo({ top: node.offsetTop, behavior });
}

// Forgets the conversation here and shows the start page.
function restart() {
  now.era += 1;
  Object.assign(now, { waiting: [], busy: false });
  hush();
  unheard();
  parts.fresh.hidden = true;
  keepSession(null, null);
  refill(parts.log);
  writing(false);
  talking(false);
  (page.whole ? window : parts.middle).scrollTo(0, 0);
}

function sure(asked) {
  parts.sure.hidden = !asked;
  parts.calm.hidden = asked;
}

// Leaves no trace on the screen, in the tab or among the browser's files, and asks the server to forget. Works within a
// frame too.
async function leave() {
  document.documentElement.hidden = true;
  document.title = "";
  if (now.session) {
    fetch(`${page.base}/api/v1/sessions/${encodeURIComponent(now.session)}`, { method: "DELETE", keepalive: true, credentials: "omit" }).catch(() => {});
  }
  now.era += 1; // an answer still on its way is dropped
  Object.assign(now, { waiting: [], session: null, gone: true });
  silence();
  hush();
  forgetAll();
  if (page.whole) await unshelve(); // elsewhere what is kept is not ours
  try { window.top.location.replace(page.exit); } catch (refused) { location.replace(page.exit); }
}

// ---- the question field ------------------------------------------------------------------------------------------------

function fit() {
  const field = parts.question;
  field.dir = field.value ? "auto" : page.room.dir;
  field.style.height = "auto";
  if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
}

function submitted() {
  const field = parts.question;
  const text = field.value.trim();
  if (!text) return field.focus();
  if (Array.from(text).length > LONGEST) return tell(page.words.too_long);
  field.value = "";
  hide(parts.suggestions);
  fit();
  if (matchMedia("(pointer: coarse)").matches) field.blur(); // or the keyboard covers the answer
  send({ text }, text);
}

function typed(event) {
  moves(event, parts.question, parts.suggestions);
  // Enter also ends a word in Chinese input: then it is not meant for us.
  if (event.target !== parts.question || event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submitted();
}

function unfold(open) {
  const [first] = now.news;
  parts.panel.hidden = !open;
  parts.launcher.setAttribute("aria-expanded", String(open));
  page.room.classList.toggle("open", open);
  // Where fingers press, the question field would bring up the keyboard over half of the panel.
  (open ? (matchMedia("(pointer: coarse)").matches ? parts.panel : parts.question) : parts.launcher).focus();
  if (!open) return;
  later(provide);
  fit();
  if (!first) return;
  remember("seen", String(now.news.pop().id));
  now.news = [];
  count();
  over();
  bring(first.node);
}

function wire() {
  const pressed = (id, act) => parts[id].addEventListener("click", act);
  parts.ask.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted();
  });
  parts.ask.addEventListener("keydown", typed);
  parts.question.addEventListener("focus", () => titlesIn(page));
  parts.question.addEventListener("input", () => {
    fit();
    suggest(parts.question, parts.suggestions, page);
  });
  parts.language.addEventListener("change", () => choose(parts.language.value, parts.language.selectedOptions[0].textContent));
  pressed("skip", () => parts.question.focus());
  pressed("exit", leave);
  pressed("again", () => {
    if (begun()) post({ payload: "/bot", key: key() }); // or a mediator would write to nobody
    restart();
  });
  pressed("delete", () => {
    sure(true);
    parts.keep.focus();
  });
  pressed("keep", () => {
    sure(false);
    parts.delete.focus();
  });
  pressed("forget", () => {
    parts.log.focus({ preventScroll: true });
    send({ payload: "/delete" }, page.words.delete);
  });
  pressed("fresh", () => {
    parts.fresh.hidden = true;
    parts.log.focus({ preventScroll: true });
    bring(parts.log.lastElementChild);
  });
  for (const each of [window, parts.middle]) each.addEventListener("scroll", reached, { passive: true });
  window.addEventListener("online", online);
  if (page.whole) return;
  pressed("launcher", () => unfold(parts.panel.hidden));
  pressed("close", () => unfold(false));
  parts.panel.addEventListener("keydown", (event) => { if (event.key === "Escape") unfold(false); });
}
