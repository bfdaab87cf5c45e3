// What is typed into a form is kept in this browser, for the account that typed it, until it was saved or thrown away.
"use strict";

const SENT = "bussola.sent";

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
    this.began = this.fields();
    this.bring();
    form.addEventListener("input", () => this.keep());
    form.addEventListener("change", () => this.keep());
    form.addEventListener("submit", () => using(() => sessionStorage.setItem(SENT, this.place)));
    this.again.querySelector("[data-throw]").addEventListener("click", () => {
      this.write(this.began);
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
    return JSON.stringify(Object.entries(fields).filter(([name]) => !["base_version", "number"].includes(name)).sort());
  }

  keep() {
    const fields = this.fields();
    if (this.typed(fields) === this.typed(this.began)) this.forget();
    else using(() => localStorage.setItem(this.place, JSON.stringify(fields)));
  }

  forget() {
    using(() => localStorage.removeItem(this.place));
  }

  bring() {
    const text = using(() => localStorage.getItem(this.place));
    const fields = text ? using(() => JSON.parse(text)) : null;
    if (!fields) return;
    // After a refusal the page holds what was typed already, beside the version that stands now: that is kept from here on.
    if (this.typed({ ...this.began, ...fields }) === this.typed(this.began)) {
      using(() => localStorage.setItem(this.place, JSON.stringify(this.began)));
      return;
    }
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

/** What was sent is kept until a page says that it was saved: a refusal, or no connection, keeps it. */
function settle() {
  const sent = using(() => sessionStorage.getItem(SENT));
  if (sent && document.querySelector("[data-saved]")) using(() => localStorage.removeItem(sent));
  using(() => sessionStorage.removeItem(SENT));
}

/** Who signs out leaves nothing behind on a shared computer. */
function leaving(form) {
  form.addEventListener("submit", () => using(() => {
    const mine = place(form.dataset.leaves, "");
    for (const name of Object.keys(localStorage)) if (name.startsWith(mine)) localStorage.removeItem(name);
  }));
}

settle();
for (const form of document.querySelectorAll("form[data-kept]")) new Kept(form);
for (const form of document.querySelectorAll("form[data-leaves]")) leaving(form);
