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

// Shows what comes from the conversation at `address`. `on` is {show(id, ...nodes), over(), left(), drawn(replies),
// said(text), anew}: what to do with elements, how the person's own words look, and whether the page has been loaded anew:
// only then are these words not there yet, and only then is it news that a mediator is awaited. The server itself says
// when a mediator takes or ends the conversation: the sentence for a state stands in where it did not.
export function hear(address, page, on) {
  let last = Promise.resolve(); // messages stay in their order although entries in them take a moment
  const show = (id, draw) => {
    last = last.then(draw).then((nodes) => on.show(id, ...nodes)).catch(() => {});
  };
  let told = false;
  let { anew } = on; // until the first state: what comes before it was there when the page was loaded
  stop = listen(address, {
    message: (message) => {
      if (message.from === "desk") told = true;
      if (message.from !== "person") show(message.id, () => shown(message, page, on));
      else if (anew) show(0, () => [on.said(message.text)]);
    },
    state: (state) => {
      const known = told || (state === "closed" && on.left()) || (state === "waiting" && !anew);
      const sentence = !known && page.words[SENTENCES[state]];
      told = anew = false;
      if (sentence) show(0, () => [directed(make("p", "stands", icon("person"), make("span", "", sentence)))]);
      if (state !== "closed" && state !== "none") return;
      stop = null;
      last.then(on.over); // when everything that came before is there
    },
  });
}

async function shown(message, page, on) {
  const replies = message.replies ? await on.drawn(message.replies) : [];
  if (!message.text) return replies;
  const spoken = { lang: message.locale, dir: message.dir };
  if (message.from !== "mediator") return [Object.assign(make("p", "stands", icon("person"), make("span", "", message.text)), spoken)];
  const who = Object.assign(directed(make("p", "who", icon("person"), make("span", "", page.words.mediator))), { lang: page.locale });
  return [Object.assign(make("article", "reply mediator", who, make("div", "text", ...written(message.text))), spoken), ...replies];
}
