// Selecting rows of a list: x on the active row, shift for a range, the head for the page. The bar is part of the swapped
// fragment, so its filter and count are always those of the rows on screen.

class Bulk extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.said = this.querySelector(".q-bulk-count");
    this.plain = this.said.textContent;
    this.results = this.closest("#q-results");
    this.results.addEventListener("click", (event) => {
      if (event.target.matches("[data-bulk-key]")) this.range(event.target, event.shiftKey);
    });
    this.results.addEventListener("change", (event) => {
      if (event.target.matches("[data-bulk-page]")) for (const box of this.boxes()) box.checked = event.target.checked;
      this.say();
    });
    this.say();
  }

  boxes() { return [...this.results.querySelectorAll("[data-bulk-key]")]; }

  range(box, shift) {
    const all = this.boxes();
    if (shift && this.last && this.last !== box) {
      const [from, to] = [all.indexOf(this.last), all.indexOf(box)].sort((a, b) => a - b);
      for (const each of all.slice(from, to + 1)) each.checked = box.checked;
    }
    this.last = box;
    this.say();
  }

  say() {
    const chosen = this.boxes().filter((box) => box.checked).length;
    const all = this.form.elements.all?.checked;
    this.said.textContent = !all && chosen ? `${this.said.dataset.one} ${chosen}` : this.plain;
    this.form.classList.toggle("q-bulk-on", Boolean(all || chosen));
  }
}

customElements.define("q-bulk", Bulk);

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || document.documentElement.dataset.qKeys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
  document.querySelector(".q-row-active [data-bulk-key]")?.click();
});
