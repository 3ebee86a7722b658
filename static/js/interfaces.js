// Seconds since the part of the page that it stands in was drawn; the part is drawn anew every few seconds.

class Since extends HTMLElement {
  connectedCallback() {
    this.from = Date.now();
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    this.textContent = ` · ${this.dataset.text.replace("{n}", Math.round((Date.now() - this.from) / 1000))}`;
  }
}

customElements.define("q-since", Since);
