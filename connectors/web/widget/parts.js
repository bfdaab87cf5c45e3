// Small pieces of a page. Texts reach the page as text only, never as markup.

export function make(tag, look, ...children) {
  const node = document.createElement(tag);
  if (look) node.className = look;
  for (const child of children) if (child) node.append(child);
  return node;
}

let pictograms = null; // the pictograms, once they are there

// Reads the pictograms of icons.svg. XMLHttpRequest, because a page with Trusted Types lets nobody parse a text.
export function drawings(address) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => { pictograms = request.responseXML; done(); };
    request.onerror = () => done(); // without pictograms everything still works
    request.send();
  });
}

// A pictogram, copied: a reference into another site's file would stay empty.
export function icon(name, look) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  if (look) svg.setAttribute("class", look);
  const symbol = pictograms && pictograms.getElementById(name);
  if (!symbol) return svg;
  for (const { name: key, value } of Array.from(symbol.attributes)) if (key !== "id") svg.setAttribute(key, value);
  for (const child of Array.from(symbol.childNodes)) svg.append(document.importNode(child, true));
  return svg;
}

export function refill(node, ...children) {
  while (node.firstChild) node.firstChild.remove();
  node.append(...children);
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
export function foreign(text, lang) {
  const node = make("bdi", "", text);
  if (lang) node.lang = lang;
  node.dir = "ltr";
  return node;
}

export function away(address, ...children) {
  const web = /^https?:\/\//.test(address);
  const node = make(web ? "a" : "span", "", ...children);
  if (web) Object.assign(node, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return node;
}

export function call(number, look) {
  const node = make("a", look, icon("phone"), foreign(number));
  node.href = `tel:${number.replace(/[^\d+]/g, "")}`;
  return node;
}

export function mail(address) {
  const node = make("a", "", foreign(address));
  node.href = `mailto:${address}`;
  return node;
}

export function filled(sentence, holes) {
  return Object.keys(holes).reduce((text, name) => text.replace(`{${name}}`, () => holes[name]), sentence);
}

// The server puts phone numbers between U+2066 and U+2069: these become links that call.
export const PHONE = /\u2066(\+?\d[\d\s]{1,20})\u2069/g;

export function spoken(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(PHONE)) {
    parts.push(text.slice(end, found.index), call(found[1].trim(), "number"));
    end = found.index + found[0].length;
  }
  return parts.concat(text.slice(end));
}

// Lines that begin with "1. " or "- " become lists, the others paragraphs.
export function written(text) {
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

// A section that opens: its pictogram, its title, what is in it.
export function fold(sign, title, body) {
  const head = make("summary", "", icon(sign), make("span", "", ...title), icon("fold", "fold"));
  return make("details", "", head, make("div", "inside", ...body));
}
