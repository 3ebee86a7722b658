// "@" in a comment offers people who may see the record; the server decides again when the comment is sent.

class Mention extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector("textarea");
    this.list = document.createElement("ul");
    this.list.id = `${this.box.id}-people`;
    this.list.className = "q-options";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.box.labels[0]?.textContent || "@");
    this.append(this.list);
    this.box.setAttribute("aria-controls", this.list.id);
    this.box.setAttribute("aria-autocomplete", "list");
    this.box.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), 150); });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.pick(event.target.closest("li")));
  }

  word() {
    return this.box.value.slice(0, this.box.selectionStart).match(/(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_.+-]*)$/u)?.[1];
  }

  async ask() {
    const word = this.word();
    if (word === undefined) return this.close();
    this.abort?.abort();
    this.abort = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(word)}`, { signal: this.abort.signal });
      if (answer.ok) this.fill((await answer.json()).results);
    } catch { /* a newer question, or no connection: the text stays as it is */ }
  }

  fill(results) {
    this.list.replaceChildren(...results.map((result, index) => {
      const row = document.createElement("li");
      row.id = `${this.list.id}-${index}`;
      row.dataset.value = result.value;
      row.setAttribute("role", "option");
      row.append(result.label, " ", Object.assign(document.createElement("small"), { textContent: `@${result.hint}` }));
      return row;
    }));
    this.list.hidden = !results.length;
    this.mark(this.list.firstElementChild);
  }

  mark(row) {
    this.active?.removeAttribute("aria-selected");
    this.active = row;
    row?.setAttribute("aria-selected", "true");
    if (row) this.box.setAttribute("aria-activedescendant", row.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") this.mark(this.active?.nextElementSibling || this.active);
    else if (event.key === "ArrowUp") this.mark(this.active?.previousElementSibling || this.active);
    else if (event.key === "Enter" || event.key === "Tab") this.pick(this.active);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(row) {
    if (!row) return;
    const at = this.box.selectionStart;
    const start = at - this.word().length;
    this.box.setRangeText(`${row.dataset.value} `, start, at, "end");
    this.close();
    this.box.focus();
  }

  close() {
    this.list.hidden = true;
    this.mark(null);
  }
}

customElements.define("q-mention", Mention);
