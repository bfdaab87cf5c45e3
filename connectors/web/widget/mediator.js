// What a mediator writes, on the page: their messages and where the conversation with them stands.

import { listen } from "./listening.js";
import { directed, icon, make, written } from "./parts.js";

const SENTENCES = { waiting: "waits", claimed: "claimed", closed: "closed" };
let stop = null;

// Whether a mediator is being listened to.
export function begun() {
  return stop !== null;
}

export function silence() {
  if (stop) stop();
  stop = null;
}

// Shows what comes from the conversation at `address`. `on` is {show(...nodes), over(), drawn(replies)}.
export function hear(address, page, on) {
  let last = Promise.resolve(); // messages stay in their order although entries in them take a moment
  const show = (draw) => {
    last = last.then(draw).then((nodes) => on.show(...nodes)).catch(() => {});
  };
  stop = listen(address, {
    message: (message) => { if (message.from !== "person") show(() => shown(message, page, on)); },
    state: (state) => {
      const sentence = page.words[SENTENCES[state]];
      if (sentence) show(() => [directed(make("p", "stands", icon("person"), make("span", "", sentence)))]);
      if (state !== "closed" && state !== "none") return;
      stop = null;
      on.over();
    },
  });
}

async function shown(message, page, on) {
  const replies = message.replies ? await on.drawn(message.replies) : [];
  if (!message.text) return replies;
  const who = message.from === "mediator" && directed(make("p", "who", icon("person"), make("span", "", page.words.mediator)));
  const node = make("article", "reply mediator", who, make("div", "text", ...written(message.text)));
  Object.assign(node, { lang: message.locale, dir: message.dir });
  return [node, ...replies];
}
