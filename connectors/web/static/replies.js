// Replies as elements. Texts reach the page as text only, never as markup.
// `page` is {words, locale, press(payload, title)}: the page's sentences, its language, and what a button does.

export function make(tag, look, ...children) {
  const node = document.createElement(tag);
  if (look) node.className = look;
  for (const child of children) if (child) node.append(child);
  return node;
}

export function icon(name, look) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  if (look) svg.setAttribute("class", look);
  svg.append(use);
  return svg;
}

export function button(look, press, ...children) {
  const node = make("button", look, ...children);
  node.type = "button";
  node.addEventListener("click", press);
  return node;
}

// The interface's own words may be in another language than the answer (or not yet translated). dir="auto" would be
// misled by a sentence that begins with an Italian office word.
export function directed(node) {
  node.dir = /[\u0590-\u08ff]/.test(node.textContent) ? "rtl" : "ltr";
  return node;
}

// Italian names, addresses and numbers keep their own direction inside right-to-left text.
function foreign(text, lang) {
  const node = make("bdi", "", text);
  if (lang) node.lang = lang;
  node.dir = "ltr";
  return node;
}

function away(address, ...children) {
  const web = /^https?:\/\//.test(address);
  const node = make(web ? "a" : "span", "", ...children);
  if (web) Object.assign(node, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return node;
}

function call(number, look) {
  const node = make("a", look, icon("phone"), foreign(number));
  node.href = `tel:${number.replace(/[^\d+]/g, "")}`;
  return node;
}

function mail(address) {
  const node = make("a", "", foreign(address));
  node.href = `mailto:${address}`;
  return node;
}

function filled(sentence, holes) {
  return Object.keys(holes).reduce((text, name) => text.replace(`{${name}}`, () => holes[name]), sentence);
}

// The server puts phone numbers between U+2066 and U+2069: these become links that call.
const PHONE = /\u2066(\+?\d[\d\s]{1,20})\u2069/g;

function spoken(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(PHONE)) {
    parts.push(text.slice(end, found.index), call(found[1].trim(), "number"));
    end = found.index + found[0].length;
  }
  return parts.concat(text.slice(end));
}

// Lines that begin with "1. " or "- " become lists, the others paragraphs.
function written(text) {
  const nodes = [];
  let list = null;
  for (const line of text.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const item = /^(?:(\d+)\.|-)\s+(.*)$/.exec(line);
    if (!item) {
      list = null;
      nodes.push(make("p", "", ...spoken(line)));
      continue;
    }
    const kind = item[1] ? "OL" : "UL";
    if (!list || list.tagName !== kind) {
      list = make(kind);
      if (item[1]) list.start = Number(item[1]);
      nodes.push(list);
    }
    list.append(make("li", "", ...spoken(item[2])));
  }
  return nodes;
}

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
function hours(text, page) {
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

function fold(sign, title, body) {
  const head = make("summary", "", icon(sign), make("span", "", ...title), icon("fold", "fold"));
  return make("details", "", head, make("div", "inside", ...body));
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
  const [command, rest] = each.payload.split(" ");
  const title = directed(make("span", "", each.title));
  if (command === "/locale") title.lang = rest;
  const sign = { "/topic": rest, "/human": "person", "/helpful": rest }[command];
  const node = button("", () => {
    if (command === "/helpful") for (const thumb of node.closest("ul").querySelectorAll("button")) thumb.disabled = true;
    page.press(each.payload, each.title);
  }, sign && icon(sign), title);
  if (rest === "emergency" || command === "/delete") node.classList.add("danger");
  if (GROUPS[command] === "entries") node.append(icon("more", "turns"));
  return node;
}
