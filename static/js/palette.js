// The palette: Ctrl/⌘-K opens it, the server answers what the text may mean, arrows choose, Enter goes.
// The same address is a plain page without this module.

class Palette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.list = this.querySelector("[role=listbox]");
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), 120);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.querySelector("[data-palette-close]").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      this.dialog.open ? this.dialog.close() : this.open();
    });
  }

  open() {
    for (const other of document.querySelectorAll("dialog[open]")) if (other !== this.dialog) return;
    this.dialog.showModal();
    this.input.select();
    this.ask();
  }

  // `this.asked` is the text whose answer is on screen: Enter pressed before it has come waits for it.
  async ask() {
    clearTimeout(this.timer);
    const asked = this.input.value.trim();
    this.abort?.abort();
    this.abort = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(asked)}`, {
        signal: this.abort.signal, headers: { "HX-Request": "true", Accept: "text/html" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.fill([...page.body.children], asked);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.list.textContent = document.body.dataset.textOffline;
      this.asked = null;
    }
  }

  fill(sections, asked) {
    this.asked = asked;
    this.list.replaceChildren(...sections);
    for (const section of sections) section.setAttribute("role", "group");
    for (const head of this.list.querySelectorAll("h3")) head.setAttribute("role", "presentation");
    this.options = [...this.list.querySelectorAll("a.q-palette-option")];
    this.options.forEach((option, index) => {
      option.id = `q-palette-${index}`;
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
    });
    this.mark(this.options[0]);
    if (!this.options.length) this.list.textContent = document.body.dataset.textNone;
  }

  mark(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option;
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  async key(event) {
    if (event.isComposing) return;
    const all = this.options || [];
    const at = all.indexOf(this.active);
    if (event.key === "ArrowDown") this.mark(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") this.mark(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter") {
      event.preventDefault();
      if (this.asked !== this.input.value.trim()) await this.ask();
      if (this.active) location.assign(this.active.href);
      return;
    } else if (event.key === "Escape") this.dialog.close(); // a search box would only empty itself
    else return;
    event.preventDefault();
  }
}

customElements.define("q-palette", Palette);
