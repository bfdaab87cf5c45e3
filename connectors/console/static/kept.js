// What is typed into a form is kept in this browser, for the account that typed it, until it was saved or thrown away.
"use strict";

const SENT = "bussola.sent", DAY = 24 * 60 * 60 * 1000;
// Which version somebody saw when they began: no text of theirs.
const VERSIONS = ["base_version", "number", "italian_version"];

/** The storage of a browser that may have none (a private window, a full disk): then nothing is kept, and nothing breaks. */
function using(act) {
  try { return act(); } catch { return null; }
}

const place = (account, name) => `bussola.kept ${JSON.stringify(account)} ${name}`;

class Kept {
  constructor(form) {
    this.form = form;
    this.place = place(form.dataset.account, form.dataset.kept);
    this.again = form.querySelector("[data-again]");
    this.base = this.began = this.fields();
    this.bring();
    form.addEventListener("input", () => this.keep());
    form.addEventListener("change", () => this.keep());
    this.again.querySelector("[data-throw]").addEventListener("click", () => {
      this.write(this.began);
      this.base = this.began;
      this.forget();
      this.again.hidden = true;
    });
  }

  /** Every field that a person fills in, and which version they saw when they began. */
  fields() {
    const found = {};
    for (const field of this.form.elements) {
      if (!field.name || ["csrf", "questions"].includes(field.name) || field.readOnly || field.disabled) continue;
      found[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
    return found;
  }

  typed(fields) {
    return JSON.stringify(Object.entries(fields).filter(([name]) => !VERSIONS.includes(name)).sort());
  }

  keep() {
    const fields = this.fields();
    if (this.typed(fields) === this.typed(this.began)) this.forget();
    else this.store(fields);
  }

  store(fields) {
    using(() => localStorage.setItem(this.place, JSON.stringify({ at: Date.now(), fields, base: this.base })));
  }

  forget() {
    using(() => localStorage.removeItem(this.place));
  }

  bring() {
    const { fields, base } = read(this.place);
    if (!fields) return;
    // After a refusal the page holds what was typed already, beside the version that stands now: that is kept from here on.
    if (this.typed({ ...this.began, ...fields }) === this.typed(this.began)) {
      this.store(this.began);
      return;
    }
    // What stands here has another version, but says what they saw (its sources were checked, say): no conflict with that.
    if (this.typed(base) === this.typed(this.began)) for (const name of ["base_version", "number"]) delete fields[name];
    else this.base = base;
    this.write(fields);
    for (const part of this.form.querySelectorAll("details")) {
      part.open ||= [...part.querySelectorAll("input")].some((field) => field.name in fields && this.began[field.name] !== fields[field.name]);
    }
    this.again.hidden = false;
  }

  write(fields) {
    for (const field of this.form.elements) {
      if (!(field.name in fields)) continue;
      if (field.type === "checkbox") field.checked = fields[field.name];
      else field.value = fields[field.name];
    }
  }
}

/** What is kept at a place: when it was typed, the fields, and what stood there before. Nothing is an empty thing. */
function read(name) {
  return using(() => JSON.parse(localStorage.getItem(name))) || {};
}

/** Nothing is kept for ever: one's own for a week, and what somebody else left in this browser for a day. */
function tidy(account) {
  using(() => {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith("bussola.kept ")) continue;
      const days = name.startsWith(place(account, "")) ? 7 : 1;
      if (!(Date.now() - read(name).at < days * DAY)) localStorage.removeItem(name);
    }
  });
}

/** What was sent is kept until a page says that it was saved: a refusal, or no connection, keeps it. */
function settle() {
  const sent = using(() => sessionStorage.getItem(SENT));
  if (sent && document.querySelector("[data-saved]")) using(() => localStorage.removeItem(sent));
  using(() => sessionStorage.removeItem(SENT));
}

/** Who signs out leaves nothing behind on a shared computer. */
function leave(account) {
  using(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith(place(account, ""))) localStorage.removeItem(name);
  });
}

settle();
const out = document.querySelector("form[data-leaves]");
if (out) tidy(out.dataset.leaves);
const kept = new Map();
for (const form of document.querySelectorAll("form[data-kept]")) kept.set(form, new Kept(form));
// A page answers the form that was sent last: what an earlier one sent in vain is not settled by it.
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented) return;
  if (target === out) leave(out.dataset.leaves);
  using(() => kept.has(target) ? sessionStorage.setItem(SENT, kept.get(target).place) : sessionStorage.removeItem(SENT));
});
