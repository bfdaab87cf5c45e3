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
    this.asks = form.querySelector("[data-asks]");  // in a form that the server saves while somebody types
    this.base = this.began = this.first = this.fields();
    this.bring();
    form.addEventListener("input", () => this.keep());
    form.addEventListener("change", () => this.keep());
    this.again.querySelector("[data-throw]").addEventListener("click", () => {
      this.write(this.first);
      this.base = this.began;
      this.forget();
      this.again.hidden = true;
      form.dispatchEvent(new Event("input"));
    });
    this.asks?.querySelector("[data-stay]").addEventListener("click", () => { this.answered(); this.keep(); });
    this.asks?.querySelector("[data-bring]").addEventListener("click", () => {
      const { fields } = read(this.place);
      this.answered();
      if (fields) this.put(fields);
    });
    // The server has what was typed when it was sent: what is typed from then on is compared with that.
    form.addEventListener("dropped", () => this.forget());
    form.addEventListener("sending", () => { this.sent = this.fields(); });
    form.addEventListener("saved", () => {
      this.base = this.began = { ...this.sent, number: form.elements.number.value };
      this.keep();
    });
  }

  answered() {
    this.forget();
    this.asks.hidden = true;
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
    return JSON.stringify(Object.entries(fields).filter(([name]) => !VERSIONS.includes(name) && !name.startsWith("italian.")).sort());
  }

  keep() {
    if (this.asks && !this.asks.hidden) return;  // what is asked about stays until it is answered
    const fields = this.fields();
    if (this.typed(fields) === this.typed(this.began)) this.forget();
    else this.store(fields);
  }

  store(fields) {
    this.at = Date.now();
    using(() => localStorage.setItem(this.place, JSON.stringify({ at: this.at, fields, base: this.base })));
  }

  /** What this page has kept is no longer needed; what another tab has kept since stays. */
  forget() {
    if (read(this.place).at === this.at) using(() => localStorage.removeItem(this.place));
  }

  bring() {
    const { fields, base, at } = read(this.place);
    if (!fields) return;
    this.at = at;
    // After a refusal the page holds what was typed already, beside the version that stands now: that is kept from here on,
    // unless the server has it.
    if (this.typed({ ...this.began, ...fields }) === this.typed(this.began)) {
      if ("held" in this.form.dataset) this.forget();
      else this.store(this.began);
      return;
    }
    // What stands here has another version, but says what they saw (its sources were checked, say): no conflict with that.
    if (this.typed(base) === this.typed(this.began)) for (const name of ["base_version", "number"]) delete fields[name];
    else if (this.asks) {
      this.asks.hidden = false;
      return;
    } else this.base = base;
    this.put(fields);
  }

  /** What was typed before stands in the form again. A form that saves itself hears of it. */
  put(fields) {
    this.write(fields);
    this.form.dataset.brought = "";
    for (const part of this.form.querySelectorAll("details")) {
      part.open ||= [...part.querySelectorAll("input")].some((field) => field.name in fields && this.began[field.name] !== fields[field.name]);
    }
    this.again.hidden = false;
    this.form.dispatchEvent(new Event("input"));
  }

  write(fields) {
    for (const field of this.form.elements) {
      if (!(field.name in fields) || (this.asks && field.name === "number")) continue;  // a form that saves itself counts on
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
