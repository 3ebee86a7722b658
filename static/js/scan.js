// <q-scan>: what a keyboard wedge, a camera or a thumb brings becomes one event "q-scan". What the code means is decided by the server.
// The wedge is heard wherever nobody types: scanners type faster than people and end with Enter, Tab or the suffix of this device.
// Speed is judged over the whole code: one late sign on a busy tablet must not cut its beginning off.

const PAUSE = 300, EACH = 80, FAST = 60, SHORTEST = 3, AGAIN = 1500;
const device = (name) => localStorage.getItem(`qms-${name}`) || "";
const TEXT = /^(?:text|search|password|email|number|tel|url|date|datetime-local)$/;
const typing = (target) => target.closest?.("textarea, [contenteditable], dialog[open]") || (target.tagName === "INPUT" && TEXT.test(target.type));

function beep() {
  navigator.vibrate?.(40);
  try {
    const sound = new AudioContext(), tone = sound.createOscillator();
    tone.frequency.value = 1760;
    tone.connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.06);
    tone.onended = () => sound.close();
  } catch { /* a device without sound */ }
}

class Scan extends HTMLElement {
  connectedCallback() {
    this.heard = "";
    this.said = this.querySelector("[data-said]");
    this.listen = (event) => this.key(event);
    document.addEventListener("keydown", this.listen, true);
    this.querySelector("[data-decode-photo]")?.addEventListener("change", (event) => this.photo(event.target));
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.listen, true);
  }

  key(event) {
    if (typing(event.target) || event.altKey || event.metaKey || event.isComposing) return;
    const gap = event.timeStamp - this.last;
    this.last = event.timeStamp;
    if (!(gap < PAUSE)) [this.heard, this.began] = ["", event.timeStamp];
    const ends = event.key === "Enter" || event.key === "Tab";
    const sign = event.ctrlKey ? { "]": "\u001d", "5": "\u001d" }[event.key] : event.key.length === 1 && event.key;
    if (ends ? !this.whole() : !sign) return;
    if (!ends) this.heard += sign;
    if (ends || gap < FAST) {
      event.preventDefault();
      event.stopPropagation();
    }
    const suffix = device("suffix");
    if (ends || (suffix && this.heard.endsWith(suffix) && this.whole(suffix.length))) this.take(this.heard);
  }

  whole(more = 0) {
    return this.heard.length >= SHORTEST + more && (this.last - this.began) / this.heard.length < EACH;
  }

  take(raw) {
    this.heard = "";
    const prefix = device("prefix"), suffix = device("suffix");
    let code = raw;
    if (prefix && code.startsWith(prefix)) code = code.slice(prefix.length);
    if (suffix && code.endsWith(suffix)) code = code.slice(0, -suffix.length);
    this.tell("");
    if (code === this.before && Date.now() - this.beforeAt < AGAIN) return this.tell(this.dataset.textSame);
    [this.before, this.beforeAt] = [code, Date.now()];
    beep();
    this.dispatchEvent(new CustomEvent("q-scan", { bubbles: true, detail: code }));
  }

  tell(words) {
    if (this.said) this.said.textContent = words;
  }

  async photo(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    this.tell(this.dataset.textReading);
    const code = await this.detect(file) || await this.ask(file);
    if (code) this.take(code);
  }

  async detect(file) {
    if (!("BarcodeDetector" in window)) return "";
    try {
      const [found] = await new BarcodeDetector().detect(await createImageBitmap(file));
      return found?.rawValue || "";
    } catch {
      return "";
    }
  }

  async ask(file) {
    const body = new FormData();
    body.append("photo", file);
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] || "";
    try {
      const answer = await fetch(this.dataset.decode, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
      if (answer.status === 401) {
        this.dispatchEvent(new CustomEvent("q-gone", { bubbles: true }));
        return "";
      }
      const said = await answer.json();
      if (!answer.ok) this.tell(said.problems.join(" "));
      return said.codes?.[0] || "";
    } catch {
      this.tell(this.dataset.textOffline);
      return "";
    }
  }
}

customElements.define("q-scan", Scan);
