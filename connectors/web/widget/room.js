// What the desk consists of before anybody asks: top, start, conversation, question field. Words come later (label).

import { button, icon, make } from "./parts.js";

function worded(tag, look, name) {
  const node = make(tag, look);
  node.setAttribute("data-word", name);
  return node;
}

function named(node, attributes) {
  for (const name of Object.keys(attributes)) node.setAttribute(name, attributes[name]);
  return node;
}

// The ticks of a compass's rim, under the top.
function rim() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", Array.from({ length: 480 }, (_, at) => `M${at * 8 + 0.5} 0v${at % 6 ? (at % 3 ? 4 : 6) : 10}`).join(""));
  path.setAttribute("stroke", "currentColor");
  named(svg, { class: "rim", "aria-hidden": "true" }).append(path);
  return svg;
}

function top(whole) {
  const select = named(make("select"), { id: "language", "data-label": "language" });
  const exit = named(button("exit", null, icon("exit"), worded("span", "", "exit")), { id: "exit", "data-title": "leave" });
  const close = !whole && named(button("close", null, icon("no")), { id: "close", "data-label": "close" });
  const skip = named(button("skip", null, worded("span", "", "skip")), { id: "skip" });
  const brand = make(whole ? "h1" : "p", "brand", icon("rose"), named(make("span", "", "Bussola"), { id: "brand" }));
  const language = make("div", "language", icon("globe"), select, icon("fold", "fold"));
  return make("header", "top", skip, make("div", "bar", brand, language, exit, close), rim());
}

function home() {
  const topics = named(make("ul", "topics"), { id: "topics" });
  const read = named(worded("a", "", "all_pages"), { id: "read" });
  const statement = named(worded("a", "", "accessibility"), { id: "statement" });
  return named(make("section", "home",
    icon("rose", "rose"), named(make("h2", "title"), { id: "title", tabindex: "-1" }), named(make("p", "greeting"), { id: "greeting" }),
    named(make("p", "desk-hours"), { id: "hours" }),
    named(make("nav", "", topics), { "data-label": "topics" }), worded("p", "privacy", "privacy"), make("p", "ways-out", read, statement),
  ), { id: "home", "aria-labelledby": "title" });
}

function tools() {
  const quiet = (id, word, look) => named(button(`quiet ${look || ""}`, null, worded("span", "", word)), { id });
  const calm = named(make("div", "", quiet("again", "start_again"), quiet("delete", "delete")), { id: "calm" });
  const sure = make("div", "", named(worded("p", "", "sure"), { id: "asked" }), quiet("keep", "delete_no"), quiet("forget", "delete_yes", "danger"));
  named(sure, { id: "sure", role: "group", "aria-labelledby": "asked", hidden: "" });
  return named(make("div", "tools", calm, sure), { id: "tools", hidden: "" });
}

function ask() {
  const field = named(make("textarea"), {
    id: "question", rows: "1", dir: "auto", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "status", "data-placeholder": "placeholder",
  });
  const label = named(worded("label", "unseen", "placeholder"), { for: "question" });
  const send = make("button", "send", worded("span", "", "send"), icon("send", "turns"));
  send.type = "submit";
  const suggestions = named(make("ul", "suggestions"), { id: "suggestions", "data-label": "suggestions", hidden: "" });
  return named(make("form", "ask",
    named(button("fresh", null, worded("span", "", "news"), icon("fold")), { id: "fresh", hidden: "" }),
    named(make("p", "status"), { id: "status", role: "status" }), suggestions, make("div", "field", label, field, send),
  ), { id: "ask", "data-label": "placeholder" });
}

function launcher() {
  const badge = named(make("b", "badge", worded("span", "unseen", "news"), " ", "0"), { id: "badge", hidden: "" });
  return named(button("launcher", null, icon("rose"), worded("span", "", "open_desk"), badge), { id: "launcher", "aria-expanded": "false", "aria-controls": "panel" });
}

// The desk's elements in `room`: on a page of its own, or as a button with a panel in the corner of somebody's page.
export function furnish(room, whole) {
  const log = named(make("div", "log"), { id: "log", role: "log", "aria-live": "polite", tabindex: "-1", "data-label": "title" });
  const writing = named(make("p", "writing", worded("span", "unseen", "writing"), make("span", "dot"), make("span", "dot"), make("span", "dot")),
    { id: "writing", hidden: "" });
  const middle = named(make(whole ? "main" : "div", "middle", home(), log, writing, tools()), { id: "middle" });
  const pieces = [top(whole), middle, ask()];
  if (whole) return room.append(...pieces);
  const panel = named(make("section", "panel", ...pieces), { id: "panel", "data-label": "title", tabindex: "-1", hidden: "" });
  room.append(launcher(), named(make("p", "unseen"), { id: "heard", role: "status" }), panel);
}
