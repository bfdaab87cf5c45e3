// Replies as elements. `page` is what they need around them: {words, locale, base, place, press(payload, title),
// tell(sentence)}: the sentences, the language, where the server is, the town, what a button does, what is said aloud.

import { answerTools } from "./beside.js";
import { away, button, call, directed, filled, fold, foreign, icon, mail, make, PHONE, spoken, written } from "./parts.js";

// An ISO date as precise as it is known: 2019, 2019-04 or 2019-04-08.
function day(iso, locale) {
  const parts = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(iso);
  if (!parts) return iso;
  const shape = { timeZone: "UTC", year: "numeric" };
  if (parts[2]) shape.month = "long";
  if (parts[3]) shape.day = "numeric";
  const date = new Date(Date.UTC(parts[1], (parts[2] || 1) - 1, parts[3] || 1));
  return new Intl.DateTimeFormat(`${locale}-u-ca-gregory-nu-latn`, shape).format(date);
}

// OpenStreetMap hours in the reader's words; null for forms that this cannot read: a guess would be worse than nothing.
export function hours(text, page) {
  if (text === "24/7") return page.words.always_open;
  const codes = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
  const names = new Intl.DateTimeFormat(page.locale, { weekday: "short", timeZone: "UTC" });
  const named = (code) => names.format(new Date(Date.UTC(2024, 0, 1 + codes.indexOf(code)))); // 1 January 2024: a Monday
  const shape = /^((?:(?:Mo|Tu|We|Th|Fr|Sa|Su)[,-]?)+) ((?:\d\d:\d\d-\d\d:\d\d,?\s?)+)$/;
  const lines = (text || "").split(";").map((line) => shape.exec(line.trim()));
  if (!lines.every(Boolean)) return null;
  return lines.map(([, days, times]) => {
    const when = times.trim().replace(/,\s?/g, ", ").replace(/-/g, "–");
    return `${days.replace(/[A-Z][a-z]/g, named).replace(/-/g, "–").replace(/,/g, ", ")} \u2066${when}\u2069`;
  }).join(" · ");
}

export function rendered(reply, page) {
  const node = make("article", `reply ${reply.kind}`, make("span", "unseen", "Bussola: "));
  node.lang = reply.locale;
  node.dir = reply.dir;
  if (reply.title) node.append(make("h2", "", reply.title));
  if (reply.kind === "emergency") node.append(...urgent(reply.text, page));
  node.append(make("div", "text", ...written(reply.text)));
  if (reply.notices.length) node.append(notices(reply));
  const folds = reply.sections.map((section) => fold(section.id, [section.title], written(section.text)));
  if (reply.sources.length) folds.push(sources(reply, page));
  if (folds.length) node.append(make("div", "folds", ...folds));
  if (reply.kind === "answer" && reply.entry) node.append(answerTools(reply, page));
  if (reply.services.length) node.append(offices(reply, page));
  if (reply.buttons.length) node.append(...choices(reply, page));
  return node;
}

// In danger the first number is one big button, above everything else.
function urgent(text, page) {
  const first = Array.from(text.matchAll(PHONE), (found) => found[1].trim())[0];
  if (!first) return [];
  const node = call(first, "urgent");
  node.lastChild.before(directed(make("span", "", page.words.call)));
  return [node];
}

function notices(reply) {
  const sure = reply.state === "confirmed";
  const sentences = reply.notices.map((sentence) => directed(make("p", "", sentence)));
  return make("div", sure ? "notice confirmed" : "notice", icon(sure ? "yes" : "unsure"), make("div", "", ...sentences));
}

function sources(reply, page) {
  const { words, locale } = page;
  const items = reply.sources.map((source) => {
    const dates = [source.published ? filled(words.published, { date: day(source.published, locale) }) : words.undated];
    if (source.checked) dates.push(filled(words.checked, { date: day(source.checked, locale) }));
    return make("li", "", away(source.url, make("bdi", "", source.title)), " ", directed(make("small", "", dates.join(" · "))));
  });
  const names = reply.sources.map((source) => source.title).join(" · ");
  const short = Object.assign(make("small", "", names), { dir: "ltr" });
  const node = fold("sources", [words.sources, " ", short], [make("ul", "", ...items)]);
  node.classList.add("sources");
  return node;
}

function offices(reply, page) {
  const heading = directed(make("h3", "", page.words.offices));
  return make("section", "offices", heading, make("ul", "", ...reply.services.map((service) => make("li", "", ...office(service, page)))));
}

function office(service, page) {
  const { words } = page;
  const where = make("span", "", foreign([service.address, service.city].filter(Boolean).join(", "), "it"));
  if (service.about_km) where.append(" ", make("small", "", filled(words.about_km, { km: `\u2066${service.about_km}\u2069` })));
  const open = service.open_now === true ? words.open_now : service.open_now === false ? words.closed_now : null;
  const when = make("p", "when", open && make("strong", service.open_now ? "open" : "", open));
  const times = hours(service.hours, page);
  if (times) when.append(" ", make("span", "", times));
  const ways = make("p", "ways", service.phone && call(service.phone, "call"));
  if (service.website) ways.append(away(service.website, foreign(service.website.replace(/^https?:\/\/(www\.)?|\/.*$/g, ""))));
  if (service.email) ways.append(mail(service.email));
  return [
    make("h4", "", foreign(service.name, "it")), make("p", "where", icon("office"), where), when.firstChild && when,
    ways.firstChild && ways, service.note && directed(make("p", "note", ...spoken(service.note))),
  ];
}

const GROUPS = {
  "/topic": "topics", "/locale": "languages", "/entry": "entries", "/section": "entries", "/helpful": "thumbs", "/human": "human",
};

// Buttons by what they do: topics with pictograms, entries as a list, thumbs in a row, a person at the end.
function choices(reply, page) {
  const groups = { topics: [], languages: [], entries: [], other: [], thumbs: [], human: [] };
  for (const each of reply.buttons) groups[GROUPS[each.payload.split(" ")[0]] || "other"].push(choice(each, page));
  const nodes = [];
  if (groups.entries.length && reply.kind === "answer") nodes.push(directed(make("h3", "", page.words.related)));
  for (const name of Object.keys(groups)) {
    if (groups[name].length) nodes.push(make("ul", `choices ${name}`, ...groups[name].map((item) => make("li", "", item))));
  }
  return nodes;
}

export function choice(each, page) {
  const [command, rest, reason] = each.payload.split(" ");
  const title = directed(make("span", "", each.title));
  if (command === "/locale") title.lang = rest;
  const sign = { "/topic": rest, "/human": "person", "/helpful": reason ? "" : rest }[command];
  const node = button("", () => {
    if (node.getAttribute("aria-disabled")) return; // not the attribute disabled, which would lose the focus
    if (command === "/helpful") for (const thumb of node.closest("ul").querySelectorAll("button")) thumb.setAttribute("aria-disabled", "true");
    page.press(each.payload, each.title);
  }, sign && icon(sign), title);
  if (rest === "emergency" || command === "/delete") node.classList.add("danger");
  if (GROUPS[command] === "entries") node.append(icon("more", "turns"));
  return node;
}
