// Behaviour of the shell: dialogs, menus, one submit per form, lost connections, remote suggestions.
// Every part only improves a page that already works without it.

const text = (name) => document.body.dataset[`text${name}`] || "";

class Dialog extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close]") && event.target !== this.dialog) return;
      event.preventDefault();
      this.dialog.close();
    });
    if (this.hasAttribute("data-modal")) this.show();
  }

  show() {
    this.dialog.open = false;
    this.dialog.showModal();
    const problem = this.querySelector("[role=alert]");
    (this.querySelector("[autofocus]") || problem || this.dialog).focus();
  }
}

class Combobox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    if (!this.input || this.list) return;
    this.list = document.createElement("ul");
    this.list.id = `${this.input.id}-list`;
    this.list.className = "q-options";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.append(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", (event) => {
      event.stopPropagation();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), 200);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.pick(event.target.closest("li[data-value]")));
  }

  async ask() {
    const asked = this.input.value.trim();
    if (!asked) return this.close();
    this.abort?.abort();
    this.abort = new AbortController();
    try {
      const url = `${this.dataset.url}?q=${encodeURIComponent(asked)}`;
      const answer = await fetch(url, { signal: this.abort.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.fill((await answer.json()).results);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  fill(results) {
    this.list.replaceChildren(...results.map((result, index) => {
      const row = document.createElement("li");
      row.id = `${this.list.id}-${index}`;
      row.dataset.value = result.value;
      row.setAttribute("role", "option");
      row.append(result.label);
      if (result.hint) {
        const hint = document.createElement("small");
        hint.textContent = result.hint;
        row.append(" ", hint);
      }
      return row;
    }));
    if (!results.length) {
      const none = document.createElement("li");
      none.textContent = text("None");
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      this.list.append(none);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(results.length ? this.list.firstElementChild : null);
  }

  mark(row) {
    this.active?.removeAttribute("aria-selected");
    this.active = row;
    if (row) {
      row.setAttribute("aria-selected", "true");
      row.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", row.id);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.list.hidden) {
      if (event.key === "ArrowDown") this.ask();
      return;
    }
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (step && this.active) this.mark(this.active[step] || this.active);
    else if (event.key === "Enter" && this.active) this.pick(this.active);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(row) {
    if (!row) return;
    this.input.value = row.dataset.value;
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.mark(null);
  }
}

customElements.define("q-dialog", Dialog);
customElements.define("q-combobox", Combobox);

// --- menus: one open at a time, closed by a click elsewhere or Escape -------------------------------------------------------
const menus = () => document.querySelectorAll("details.q-menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) {
    for (const menu of menus()) menu.open = false;
    document.getElementById(opener.dataset.openDialog)?.closest("q-dialog").show();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

// --- one submit per form: the button rests until the answer is there --------------------------------------------------------
// Before it leaves, the server is asked whether it is there and still knows the reader: a native submit into a lost
// connection or a lost session would throw away what was entered.
async function reach(url) {
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" });
    return answer.status === 401 ? "Gone" : "";
  } catch {
    return "Offline";
  }
}

function send(form) {
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  setTimeout(() => {
    for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true;
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const url = document.body.dataset.session;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent || form.dataset.asking) return event.preventDefault();
  if (!url || form.dataset.clear) return send(form);
  event.preventDefault();
  form.dataset.asking = "1";
  const trouble = await reach(url);
  delete form.dataset.asking;
  if (trouble) return say(text(trouble), true, trouble === "Gone" && document.body.dataset.login);
  // After a login in another window the form still holds the old token.
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
  if (token && form.elements.csrfmiddlewaretoken) form.elements.csrfmiddlewaretoken.value = token;
  form.dataset.clear = "1";
  form.requestSubmit(event.submitter);
  delete form.dataset.clear;
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});

// --- another line of a formset ----------------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const prefix = event.target.closest("[data-add-row]")?.dataset.addRow;
  if (!prefix) return;
  const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
  const row = document.querySelector(`template[data-row-template="${prefix}"]`).content.firstElementChild.cloneNode(true);
  for (const part of row.querySelectorAll("*")) {
    for (const { name, value } of [...part.attributes]) part.setAttribute(name, value.replaceAll("__prefix__", total.value));
  }
  total.value = Number(total.value) + 1;
  document.querySelector(`[data-rows="${prefix}"]`).append(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

// --- a grid of lines: Enter goes to the same cell of the next line, and adds a line after the last one -----------------------------
document.addEventListener("keydown", (event) => {
  const grid = event.target.closest("[data-grid]");
  if (!grid || event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
  event.preventDefault();
  const row = event.target.closest("[data-rows] > tr");
  const cell = row.nextElementSibling?.cells[event.target.closest("[data-rows] > tr > td").cellIndex];
  if (cell) cell.querySelector("input:not([type=hidden]), select, summary")?.focus();
  else document.querySelector(`[data-add-row="${grid.dataset.grid}"]`).click();
});

// Cells copied from a spreadsheet fill the grid from here to the right and down; nothing is stored before it is saved.
function enter(control, text) {
  if (control?.type === "checkbox") control.checked = /^(1|x|y|yes|true|是)$/i.test(text);
  else if (control?.matches("select")) {
    const found = [...control.options].find((o) => [o.value, o.text].some((word) => word.toLowerCase() === text.toLowerCase()));
    if (found) control.value = found.value;
    else if (text) control.add(new Option(text, text, true, true)); // the server says what is wrong with it
  } else if (control) control.value = text;
}
document.addEventListener("paste", (event) => {
  const cell = event.target.closest("[data-grid] [data-rows] > tr > td");
  const told = event.clipboardData?.getData("text/plain").replaceAll("\r", "").replace(/\n$/, "") ?? "";
  if (!cell || !/[\t\n]/.test(told)) return;
  event.preventDefault();
  const body = cell.closest("[data-rows]");
  let row = cell.parentElement;
  for (const line of told.split("\n")) {
    if (!row) document.querySelector(`[data-add-row="${body.dataset.rows}"]`).click();
    row ??= body.lastElementChild;
    line.split("\t").forEach((text, place) => {
      enter(row.cells[cell.cellIndex + place]?.querySelector("input:not([type=hidden]), select"), text.trim());
    });
    row = row.nextElementSibling;
  }
});

// --- errors and conflicts take the focus; ids in the address open what they are in -------------------------------------------
document.querySelector("dialog[open]") || document.querySelector("[data-focus]")?.focus();

// --- the connection: a banner that stays while it is gone ----------------------------------------------------------------------
const net = document.getElementById("q-net");
let quiet;
function say(message, stays, link) {
  clearTimeout(quiet);
  const at = new Date().toTimeString().slice(0, 5);
  net.textContent = stays ? `${at} · ${message} ` : message;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.target = "_blank";
    anchor.textContent = text("Login");
    net.append(anchor);
  }
  net.classList.toggle("q-net-bad", stays);
  net.hidden = false;
  if (!stays) quiet = setTimeout(() => { net.hidden = true; }, 4000);
}
addEventListener("offline", () => say(text("Offline"), true));
addEventListener("online", () => say(text("Back"), false));
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx?.request?.signal?.aborted && event.detail?.error?.name === "AbortError") return;
  say(text("Offline"), true);
});
document.addEventListener("htmx:response:error", (event) => {
  if ((event.detail?.ctx?.response?.status || 0) >= 500) say(text("Failed"), true);
});
document.addEventListener("htmx:after:swap", () => {
  if (navigator.onLine && net.classList.contains("q-net-bad")) say(text("Back"), false);
});
// An answer of 500 must not replace what the reader has on screen.
document.addEventListener("htmx:before:swap", (event) => {
  if ((event.detail?.ctx?.response?.status || 0) >= 500) event.preventDefault();
});

// --- single keys ---
// Single-key shortcuts. Never inside inputs or with modifiers; the reader can switch them off (WCAG 2.1.4).

const root = document.documentElement;
const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
let going = 0;

const rows = () => [...document.querySelectorAll("[data-row]")];

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.findIndex((row) => row.classList.contains("q-row-active"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all[at]?.classList.remove("q-row-active");
  next.classList.add("q-row-active");
  (next.querySelector("a") || next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
}

// --- from record to record of the list that was on screen ---
// Kept per tab: the links of the list's rows as they stood when one was followed, and where its other pages are.
const held = () => JSON.parse(sessionStorage.qWalk || '{"rows": []}');
const place = (list) => list.rows.indexOf(location.pathname);
const keep = (page, from) => {
  const links = (which) => [...page.querySelectorAll(which)].map((link) => link.getAttribute("href"));
  const list = { from, rows: links("[data-row] > :is(td:first-child, .q-check + td) > a"), "-1": links(".q-pages [rel=prev]")[0], 1: links(".q-pages [rel=next]")[0] };
  sessionStorage.qWalk = JSON.stringify(list);
  return list;
};
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-row] a[href]")) keep(document, location.href);
});
if (!document.body.dataset.session) delete sessionStorage.qWalk;

async function walk(step) {
  const list = held();
  const at = place(list);
  let to = at < 0 ? "" : list.rows[at + step];
  if (at >= 0 && !to && list[step]) {
    const url = new URL(list[step], list.from).href;
    const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
    to = keep(page, url).rows.at(step > 0 ? 0 : -1);
  }
  if (to) location.assign(to);
}

customElements.define("q-walk", class extends HTMLElement {
  connectedCallback() {
    const list = held();
    const at = place(list);
    this.hidden = at < 0;
    this.querySelector("a").href = list.from || "#";
    for (const button of this.querySelectorAll("button")) {
      const step = Number(button.dataset.step);
      button.disabled = !(list.rows[at + step] || list[step]);
      button.addEventListener("click", () => walk(step));
    }
  }
});

const back = () => walk(-1);
const onward = () => walk(1);

const COMMANDS = {
  "[": back,
  "]": onward,
  "【": back,
  "】": onward,
  "?": () => { document.getElementById("q-keys")?.closest("q-dialog").show(); return true; },
  "/": () => {
    const box = document.getElementById("q-quick") || document.getElementById("q-search");
    box?.focus();
    box?.select();
    return Boolean(box);
  },
  j: () => move(1),
  k: () => move(-1),
  c: () => follow("[data-create]"),
  m: () => { const box = document.getElementById("q-comment"); box?.focus(); return Boolean(box); },
  s: () => follow(".q-row-active [data-snooze]"),
  a: () => follow(".q-row-active [data-assign]"),
  g: () => { going = Date.now(); return true; },
};

document.addEventListener("keydown", (event) => {
  if (root.dataset.qKeys === "off" || event.defaultPrevented || event.isComposing) return;
  // Many keyboards make brackets with AltGr or Option.
  const altered = !"[]".includes(event.key) && (event.ctrlKey || event.altKey);
  if (altered || event.metaKey || typing(event.target)) return;
  const gone = Date.now() - going < 1500;
  going = 0;
  const done = gone ? follow(`[data-go="${CSS.escape(event.key)}"]`) : Object.hasOwn(COMMANDS, event.key) && COMMANDS[event.key]();
  if (done) event.preventDefault();
});

document.getElementById("q-keys-switch")?.addEventListener("change", (event) => {
  root.dataset.qKeys = event.target.checked ? "on" : "off";
  document.cookie = `qms_keys=${root.dataset.qKeys}; path=/; max-age=31536000; samesite=lax`;
});
