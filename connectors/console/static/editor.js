// The editor: what is typed is saved as a working copy every few seconds, shown as people will see it, and never lost.
"use strict";

const PAUSE = 2000, AGAIN = 4000;

class Editor {
  constructor(form) {
    this.form = form;
    this.dirty = this.busy = this.stopped = false;
    this.pressed = null;
    this.field = form.querySelector("textarea");
    this.said = form.querySelector("[data-said]");
    for (const button of form.querySelectorAll("[data-insert]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.insert(button.dataset.insert));
    }
    form.addEventListener("focusin", (event) => { if (event.target.matches("textarea")) this.field = event.target; });
    form.addEventListener("input", () => this.changed());
    form.addEventListener("focusout", () => { if (this.dirty) this.save(); });
    form.addEventListener("submit", (event) => {
      if (this.busy || (this.dirty && !this.stopped)) {  // it is saved first: the form must send its number, and this page its text
        event.preventDefault();
        this.pressed = event.submitter;
        this.save();
        return;
      }
      this.dirty = false; this.stopped = true; clearTimeout(this.timer);
    });
    addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
    addEventListener("pageshow", (event) => { if (event.persisted) this.stopped = false; });
    addEventListener("online", () => { if (this.dirty) this.save(); });
    document.addEventListener("visibilitychange", () => { if (this.dirty) this.save(); });
    this.choice("mine", () => { this.number(this.theirs); this.stopped = false; this.changed(0); });
    if ("brought" in form.dataset) this.changed();  // kept.js has put back what was typed here before
    this.choice("theirs", () => { this.dirty = false; this.form.dispatchEvent(new Event("dropped")); location.reload(); });
  }

  choice(name, act) {
    this.form.querySelector(`[data-${name}]`).addEventListener("click", act);
  }

  number(value) {
    this.form.elements.number.value = value;
  }

  insert(hole) {
    const { selectionStart: start, selectionEnd: end } = this.field;
    this.field.setRangeText(hole, start, end, "end");
    this.field.focus();
    this.changed();
  }

  changed(pause = PAUSE) {
    this.dirty = true;
    if (!this.stopped) this.later(pause);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  /** Shows what became of the text: a sentence, and what can be done about it. */
  say(sentence, ...choices) {
    this.said.textContent = sentence;
    this.form.querySelector("[data-choice]").hidden = !choices.length;
    for (const name of ["sign-in", "mine", "theirs"]) this.form.querySelector(`[data-${name}]`).hidden = !choices.includes(name);
  }

  sentence(name) {
    return this.form.querySelector(`[data-sentence="${name}"]`).textContent;
  }

  async save() {
    if (this.busy || this.stopped || !this.dirty) return;
    this.busy = true;
    clearTimeout(this.timer);
    const sent = new FormData(this.form);
    this.form.dispatchEvent(new Event("sending"));
    let failed = false;
    try {
      this.dirty = false;
      const answer = await fetch(this.form.dataset.copy, { method: "POST", body: new URLSearchParams(sent), redirect: "manual" });
      if (answer.ok) {
        const { number, saved } = await answer.json();
        this.number(number);
        this.form.dispatchEvent(new Event("saved"));
        if (saved) this.say(saved);
        this.preview(sent);
      } else {
        this.dirty = failed = true;
        await this.refused(answer);
      }
    } catch {
      this.dirty = failed = true;
      this.say(this.sentence("OFFLINE"));
    } finally {
      this.busy = false;
    }
    if (this.pressed && !failed) {
      if (this.dirty) return this.save();  // something was typed meanwhile
      const button = this.pressed;
      this.pressed = null;
      this.form.requestSubmit(button);
      return;
    }
    this.pressed = null;  // what is not saved stays here; whoever wants to go on presses again
    if (this.dirty && !this.stopped) this.later(AGAIN);
  }

  async refused(answer) {
    if (answer.status === 409) {
      this.theirs = (await answer.json()).number;
      this.stopped = true;
      this.say(this.sentence("ELSEWHERE"), "mine", "theirs");
    } else if ([401, 403].includes(answer.status)) {
      await this.signedIn();
    } else {
      this.say(this.sentence("TROUBLE_HELP"));
    }
  }

  /** After signing in anew the page has an old token: a fresh one comes if the same person is back. */
  async signedIn() {
    const answer = await fetch(this.form.dataset.copy, { redirect: "manual" });
    if (!answer.ok) {
      this.say(this.sentence("SIGNED_OUT_HERE"), "sign-in");
      return;
    }
    const { account, csrf } = await answer.json();
    if (account !== this.form.dataset.account) {
      this.say(this.sentence("OTHER_ACCOUNT"), "sign-in");
      return;
    }
    for (const field of document.querySelectorAll("input[name=csrf]")) field.value = csrf;
    this.later(0);
  }

  async preview(sent) {
    try {
      const answer = await fetch(this.form.dataset.preview, { method: "POST", body: new URLSearchParams(sent), redirect: "manual" });
      if (!answer.ok) return;
      const shown = document.querySelector("[data-shown]");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      shown.querySelector(".bubble").replaceWith(fresh.querySelector(".bubble"));
      // The part that opens stays where it is: somebody may just be there with the keyboard.
      const part = shown.querySelector("details");
      for (const message of part.querySelectorAll(".telegram")) message.remove();
      part.append(...fresh.querySelectorAll("details .telegram"));
    } catch {
      // The next pause tries again.
    }
  }
}

/** Known questions, some at a time, until all are tried. */
async function replay(section) {
  const place = section.querySelector("[data-replayed]");
  let address = section.dataset.replay;
  const list = document.createElement("ul");
  list.className = "replayed";
  while (address) {
    const answer = await fetch(address, { redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.append(...page.querySelectorAll(".replayed > li"));
    const next = page.querySelector("[data-next]");
    place.replaceChildren(page.querySelector("[data-progress]"), list);
    address = next ? next.getAttribute("href") : "";
  }
}

const form = document.querySelector("form[data-copy]");
if (form) new Editor(form);
const section = document.querySelector("[data-replay]");
if (section) replay(section);
