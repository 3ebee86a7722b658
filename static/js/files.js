// <q-drop>: the whole frame takes dropped files, not only the small input in it. Without this module the input still does.

class Drop extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=file]");
    const over = (event, yes) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.classList.toggle("q-drop-over", yes);
    };
    this.addEventListener("dragover", (event) => over(event, true));
    this.addEventListener("dragleave", (event) => over(event, false));
    this.addEventListener("drop", (event) => {
      over(event, false);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
  }
}

customElements.define("q-drop", Drop);
