// One tag opens the desk in any page:
//   <script src="https://desk.example.org/widget.js" data-place="Foggia" async></script>
// It adds a button; the desk behind it lives in a shadow root, where the page's styles and scripts do not meet ours.
// A whole page holds <bussola-desk data-page></bussola-desk> instead.
(() => {
  const script = document.currentScript;
  const base = script.src.replace(/(\/static)?\/widget\.js([?#].*)?$/, "");
  const LOST = [
    ["it", "Nessuna connessione. Ricarichi la pagina. In pericolo: "],
    ["en", "No connection. Reload the page. In danger: "],
  ];

  function sheet(name) {
    const link = document.createElement("link");
    const loaded = new Promise((done) => { link.onload = link.onerror = done; });
    Object.assign(link, { rel: "stylesheet", href: `${base}/static/${name}` });
    return { link, loaded };
  }

  // Where the server cannot be reached: two languages and the number to call, without any word from the server.
  function lost(address) {
    const node = document.createElement("div");
    node.className = "lost";
    node.setAttribute("role", "alert");
    for (const [lang, sentence] of LOST) {
      const line = document.createElement("p");
      const number = Object.assign(document.createElement("a"), { href: "tel:112", textContent: "112" });
      line.lang = lang;
      line.append(sentence, number);
      node.append(line);
    }
    const link = Object.assign(document.createElement("a"), { href: address, textContent: address.replace(/^https?:\/\//, "") });
    node.append(link);
    return node;
  }

  class BussolaDesk extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const sheets = [sheet("tokens.css"), sheet("widget.css")];
      this.room = document.createElement("div");
      this.room.className = this.whole ? "desk page" : "desk corner";
      this.room.hidden = true; // until its styles are there
      this.attachShadow({ mode: "open" }).append(...sheets.map((each) => each.link), this.room);
      const styled = Promise.all(sheets.map((each) => each.loaded));
      this.opened = this.open(styled);
    }

    get whole() {
      return this.hasAttribute("data-page");
    }

    // What the tag says; on a whole page the address may say it.
    wish(name) {
      const asked = this.whole ? new URLSearchParams(location.search).get(name) : null;
      return (asked || this.getAttribute(`data-${name}`) || "").slice(0, 80);
    }

    async open(styled) {
      const locale = this.wish("locale");
      const options = {
        base, place: this.wish("place"), municipality: this.wish("municipality"), whole: this.whole,
        asked: locale === "auto" ? "" : locale,
      };
      try {
        const { begin } = await import(`${base}/desk.js`);
        await Promise.all([begin(this.room, options), styled]);
        this.room.hidden = false;
        if (this.missed) this.missed.remove();
        this.missed = null;
        this.setAttribute("data-ready", "");
      } catch (fault) {
        this.away(`${base}/${options.municipality}`, styled);
      }
    }

    away(address, styled) {
      if (this.missed) return;
      this.missed = lost(address);
      this.missed.classList.add("desk");
      this.shadowRoot.append(this.missed);
      window.addEventListener("online", () => this.open(styled), { once: true });
    }
  }

  function place() {
    if (document.querySelector("bussola-desk")) return;
    const node = document.createElement("bussola-desk");
    for (const { name, value } of Array.from(script.attributes)) if (name.startsWith("data-")) node.setAttribute(name, value);
    document.body.append(node);
  }

  if (!window.customElements || !HTMLElement.prototype.attachShadow || customElements.get("bussola-desk")) return;
  customElements.define("bussola-desk", BussolaDesk);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place); else place();
})();
