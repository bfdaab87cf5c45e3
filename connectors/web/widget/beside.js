// What can be done with an answer: hear it, show it in Italian at a counter, copy, share, print it.

import { button, directed, fold, icon, make, refill, written } from "./parts.js";

// A button with a pictogram above its word, as phones have them.
function tool(sign, word, act) {
  return button("tool", act, icon(sign), directed(make("span", "", word)));
}

export function answerTools(reply, page) {
  const { words } = page;
  const address = `${page.base}/${reply.locale}/${reply.entry}`;
  const place = page.place ? `place=${encodeURIComponent(page.place)}` : "";
  const print = make("a", "tool", icon("print"), directed(make("span", "", words.print)));
  Object.assign(print, { href: `${address}?${place}${place && "&"}print=1`, target: "_blank", rel: "noopener" });
  const shared = place ? `${address}?${place}` : address;
  const items = [
    reply.locale !== "it" && make("li", "", italian(reply, page, place)),
    window.speechSynthesis && aloud(reply, page),
    make("li", "", tool("copy", words.copy, () => copy(plain(reply), page, words.copied))),
    make("li", "", tool("share", words.share, () => share(reply, shared, page))),
    make("li", "", print),
  ];
  return make("ul", "beside", ...items.filter(Boolean));
}

// ---- the answer as text ------------------------------------------------------------------------------------------------

// As somebody would paste it into a letter: without the marks that keep numbers from turning round.
function plain(reply) {
  const parts = [reply.title, reply.text, ...reply.sections.map((section) => `${section.title}\n${section.text}`), ...reply.notices];
  return parts.filter(Boolean).join("\n\n").replace(/[\u2066-\u2069]/g, "");
}

async function copy(text, page, told) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (refused) {
    if (!copied(text, page)) return page.tell(page.words.failed);
  }
  page.tell(told);
}

// For pages without HTTPS and older browsers, which have no clipboard to write to.
function copied(text, page) {
  const field = make("textarea", "unseen");
  const focused = page.room.getRootNode().activeElement;
  field.value = text;
  page.room.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused) focused.focus({ preventScroll: true });
  return done;
}

async function share(reply, url, page) {
  if (!navigator.share) return copy(url, page, page.words.link_copied);
  try {
    await navigator.share({ title: reply.title, url });
  } catch (refused) { /* the person has thought better of it */ }
}

// ---- read aloud --------------------------------------------------------------------------------------------------------

// A voice of this device: others would send the text to somebody's server.
function voice(locale) {
  const voices = window.speechSynthesis ? speechSynthesis.getVoices() : [];
  return voices.find((each) => each.localService && each.lang.toLowerCase().split(/[-_]/)[0] === locale);
}

// Whoever leaves is not read to any more.
export function hush() {
  if (window.speechSynthesis) speechSynthesis.cancel();
}

function aloud(reply, page) {
  const node = tool("speak", page.words.read_aloud, () => speak(reply, page, node));
  const item = make("li", "", node);
  const look = () => { item.hidden = !voice(reply.locale); };
  look();
  if (item.hidden) speechSynthesis.addEventListener("voiceschanged", look); // voices come late in some browsers
  return item;
}

function speak(reply, page, node) {
  const label = node.querySelector("span");
  const busy = node.getAttribute("aria-pressed") === "true";
  const said = (yes) => {
    node.setAttribute("aria-pressed", String(yes));
    label.textContent = yes ? page.words.stop : page.words.read_aloud;
  };
  speechSynthesis.cancel();
  if (busy) return said(false);
  const utterance = new SpeechSynthesisUtterance(plain(reply));
  Object.assign(utterance, { voice: voice(reply.locale), lang: reply.locale, rate: 0.9 });
  utterance.onend = utterance.onerror = () => said(false);
  speechSynthesis.speak(utterance);
  said(true);
}

// ---- the same in Italian, to hold up at a counter ----------------------------------------------------------------------

function italian(reply, page, place) {
  const node = tool("counter", page.words.in_italian, async () => {
    const card = node.closest(".reply");
    const open = card.querySelector(".italian");
    if (open) return shut(open);
    try {
      const answer = await fetch(`${page.base}/api/v1/entries/${reply.entry}?locale=it&${place}`, { credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      const shown = counterSheet(await answer.json());
      card.querySelector(".beside").after(shown);
      node.setAttribute("aria-expanded", "true");
      refill(node.querySelector("span"), page.words.hide_italian);
    } catch (fault) {
      page.tell(page.words.failed);
    }
  });
  const shut = (open) => {
    open.remove();
    node.setAttribute("aria-expanded", "false");
    refill(node.querySelector("span"), page.words.in_italian);
  };
  node.setAttribute("aria-expanded", "false");
  return node;
}

function counterSheet(reply) {
  const folds = reply.sections.map((section) => fold(section.id, [section.title], written(section.text)));
  const node = make("section", "italian", make("h3", "", reply.title), make("div", "text", ...written(reply.text)), make("div", "folds", ...folds));
  return Object.assign(node, { lang: reply.locale, dir: reply.dir });
}
