// Suggestions while somebody writes: titles of entries, compared here. What is being written goes nowhere.

import { button, directed, make, refill } from "./parts.js";

const MOST = 4;
const LATIN = /^[\u0000-\u024f]*$/;
const titles = {}; // by locale, fetched once

// Without accents and case: "permesso" finds "Il Permesso", "residenca" finds "residença".
function folded(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

function words(text) {
  return folded(text).split(/[\s'’.,;:!?()«»"،؟。？！、-]+/).filter(Boolean);
}

export function titlesIn(page) {
  if (!titles[page.locale]) {
    titles[page.locale] = fetch(`${page.base}/titles.json?locale=${page.locale}`, { credentials: "omit" })
      .then((answer) => answer.json())
      .then((all) => Object.keys(all).map((entry) => ({ entry, title: all[entry], words: words(all[entry]), whole: folded(all[entry]) })))
      .catch(() => { delete titles[page.locale]; return []; });
  }
  return titles[page.locale];
}

// A longer word may end otherwise in the title: "rinnovo" finds "Rinnovare".
function stem(word) {
  return word.length > 5 ? word.slice(0, -2) : word;
}

// Titles with every written word in them, those first in which all words begin so.
export function fitting(text, known) {
  const asked = words(text).filter((word) => word.length > 2 || !LATIN.test(word));
  if (!asked.length) return [];
  const scored = known.map((each) => {
    const begin = (cut) => asked.every((word) => each.words.some((other) => other.startsWith(cut(word))));
    const within = asked.every((word) => (word.length > 3 || !LATIN.test(word)) && each.whole.includes(word));
    return { each, score: begin((word) => word) ? 3 : within ? 2 : begin(stem) ? 1 : 0 };
  });
  return scored.filter(({ score }) => score).sort((one, other) => other.score - one.score || one.each.whole.length - other.each.whole.length).slice(0, MOST).map(({ each }) => each);
}

// Fills `list` with buttons for what is written in `field`; hides it when nothing fits.
export async function suggest(field, list, page) {
  const text = field.value;
  const found = text.trim().length > 60 ? [] : fitting(text, await titlesIn(page));
  if (text !== field.value) return; // more has been written meanwhile
  refill(list, ...found.map(({ entry, title }) => make("li", "", button("", () => {
    field.value = "";
    page.press(`/entry ${entry}`, title); // first: it takes the focus from the list
    hide(list);
  }, directed(make("span", "", title))))));
  list.hidden = !found.length;
}

export function hide(list) {
  list.hidden = true;
  refill(list);
}

// Up and down lead from the field into the suggestions and back; Escape closes them.
export function moves(event, field, list) {
  if (list.hidden || !["ArrowUp", "ArrowDown", "Escape"].includes(event.key)) return;
  const buttons = Array.from(list.querySelectorAll("button"));
  const at = buttons.indexOf(list.getRootNode().activeElement);
  if (event.key === "Escape") {
    hide(list);
    field.focus();
    event.stopPropagation();
  } else if (event.key === "ArrowUp" && (at > 0 || (at < 0 && !field.value.includes("\n")))) {
    buttons[at > 0 ? at - 1 : buttons.length - 1].focus();
  } else if (event.key === "ArrowDown" && at >= 0) {
    (buttons[at + 1] || field).focus();
  } else return;
  event.preventDefault();
}
