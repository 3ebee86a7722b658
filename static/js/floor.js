// The floor's shell: parts of the page that follow from a code, sending that survives a lost connection, login that keeps the form.

import * as outbox from "./outbox.js";

const kept = outbox.box("qms-floor");

const { dataset } = document.body;
const text = (name) => dataset[`text${name}`] || "";
const find = (selector) => document.querySelector(selector);
const form = find("[data-entry]");
const IDLE = 120_000, RETRY = 15_000, MOST = 25 * 1024 * 1024;

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- quantity and photos -------------------------------------------------------------------------------------------------------------
class Stepper extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    this.addEventListener("click", (event) => {
      const step = Number(event.target.closest("[data-step]")?.dataset.step || 0);
      if (!step) return;
      const value = Number(input.value.replace(",", ".")) || 0;
      input.value = String(Math.max(1, Math.round((value + step) * 1e6) / 1e6));
    });
    input.addEventListener("focus", () => input.select());
  }
}

class Photos extends HTMLElement {
  connectedCallback() {
    this.files = [];
    this.input = this.querySelector("input");
    this.shown = this.querySelector("[data-shown]");
    this.input.addEventListener("change", () => {
      for (const file of this.input.files) this.add(file);
      this.input.value = "";
    });
  }

  add(file) {
    if (file.size > MOST) return problems([`${file.name} ${this.dataset.textLarge}`]);
    this.files.push(file);
    const row = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${this.dataset.textRemove}: ${file.name}`);
    remove.addEventListener("click", () => {
      this.files.splice(this.files.indexOf(file), 1);
      row.remove();
    });
    row.append(remove);
    this.shown.append(row);
    this.picture(file).then((picture) => row.prepend(picture));
  }

  async picture(file) {
    try {
      const small = await createImageBitmap(file, { resizeWidth: 240, imageOrientation: "from-image" });
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [small.width, small.height];
      canvas.getContext("2d").drawImage(small, 0, 0);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", file.name);
      return canvas;
    } catch {
      const name = document.createElement("span");
      name.textContent = file.name;
      return name;
    }
  }

  clear() {
    this.files = [];
    this.shown.replaceChildren();
  }
}

customElements.define("q-stepper", Stepper);
customElements.define("q-photos", Photos);

// --- what a code names: parts of the page drawn by the server -----------------------------------------------------------------
let asked = 0;

async function look(code, more = {}) {
  const turn = ++asked;
  const query = new URLSearchParams({ code, ...more });
  find("#q-code").value = code.replaceAll("\u001d", " ");
  find("#q-where").setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await fetch(`${dataset.floor}?${query}`, { headers: { "HX-Request": "true" } });
  } catch {
    if (turn === asked) unread(code);
    return undefined;
  }
  if (answer.status === 401) return again(() => look(code, more));
  if (!answer.ok || turn !== asked) return undefined;
  const parts = document.createElement("template");
  parts.innerHTML = await answer.text();
  const chosen = form.elements.defect_code.value;  // read now: the finger may have been faster than the answer
  for (const part of [...parts.content.children]) document.getElementById(part.id)?.replaceWith(part);
  form.elements.code.value = code;
  const count = find("#q-where").dataset.count;
  if (count && !more.operation) form.elements.quantity.value = count;
  choose(chosen);
  return undefined;
}

// Without a connection nothing of an earlier code may stay beside this one; the server looks it up when the entry arrives.
function unread(code) {
  const place = find("#q-where"), card = document.createElement("p");
  place.removeAttribute("aria-busy");
  for (const part of [...place.children]) if (part.type !== "hidden") part.remove();
  find("#q-whole").replaceChildren();
  find("#q-hold").replaceChildren();
  form.elements.code.value = code;
  form.elements.at.value = "";
  card.className = "q-floor-card q-floor-card-unknown";
  card.textContent = `${code}: ${text("Later")}`;
  if (code) place.prepend(card);
}

function choose(code) {
  const radio = code && [...document.getElementsByName("defect_code")].find((each) => each.value === code);
  if (radio) radio.checked = true;
}

document.addEventListener("q-scan", (event) => look(event.detail));
document.addEventListener("q-gone", () => again());
find("[data-scan]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  find("#q-code").blur();
  look(find("#q-code").value.trim());
});
document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-at]");
  const whole = event.target.closest("[data-all]");
  if (one) {
    event.preventDefault();
    look(form.elements.code.value, { at: one.dataset.at });
  }
  if (whole) form.elements.quantity.value = whole.dataset.all;
});
document.addEventListener("change", (event) => {
  if (event.target.id === "q-operation") look(form.elements.code.value, { at: form.elements.at.value, operation: event.target.value });
  if (event.target.id === "q-part") look(form.elements.code.value, { part: event.target.value });
});
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.narrow || "");
  const wanted = event.target.value?.trim().toLowerCase();
  for (const row of list?.children || []) row.hidden = !row.dataset.words.includes(wanted);
});

// --- sending ------------------------------------------------------------------------------------------------------------------------------
const net = find("#q-net");
function banner(words, bad, link) {
  net.textContent = words;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = [link.url, link.number];
    net.append(" ", anchor);
  }
  net.classList.toggle("q-net-bad", bad);
  net.hidden = false;
}

function problems(lines) {
  const box = find("#q-floor-problems");
  box.replaceChildren(...lines.map((line) => {
    const row = document.createElement("p");
    row.className = "q-floor-problem";
    row.textContent = line;
    return row;
  }));
  if (!lines.length) return;
  box.scrollIntoView({ block: "start" });
  box.focus();
}

const photos = () => find("q-photos");
const dirty = () => form && (photos().files.length || form.elements.comment.value.trim() || form.elements.code.value || form.elements.defect_code.value);

function taken() {
  const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const label = [find(`label[for="${CSS.escape(find("[name=defect_code]:checked")?.id || "")}"] span`)?.textContent,
    form.elements.quantity.value, form.elements.code.value].filter(Boolean).join(" · ");
  const pictures = photos().files.map((file) => ({ name: file.name, blob: file }));
  return { key: form.elements.key.value, user: dataset.user, at: Date.now(), fields, photos: pictures, label };
}

function clear() {
  form.reset();
  photos().clear();
  form.elements.key.value = fresh();
  find("#q-code").value = "";
  problems([]);
  look("");
}

let busy = false;
async function submit() {
  if (busy) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  find("[data-submit]").disabled = true;
  try {
    const entry = taken();
    const answer = await outbox.send(entry, form.action);
    if (answer.url) return location.assign(answer.url);
    if (answer.gone) return again(submit);
    if (answer.problems) return problems(answer.problems);
    await kept.keep(entry);
    clear();
    banner(text("Kept"), true);
    await count();
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
    find("[data-submit]").disabled = false;
  }
  return undefined;
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
// Enter sends nothing: it may be the end of a code whose beginning was not heard. A thumb on the button sends.
form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
});

// --- what was not sent --------------------------------------------------------------------------------------------------------------
const unsent = find("#q-unsent");
async function count() {
  const entries = await kept.all();
  unsent.hidden = !entries.length;
  unsent.querySelector("[data-count]").textContent = entries.length;
  find("[data-outbox]").replaceChildren(...entries.map(row));
  return entries;
}

function button(words, act) {
  const made = document.createElement("button");
  [made.type, made.className, made.textContent] = ["button", "btn", words];
  made.addEventListener("click", act);
  return made;
}

function row(entry) {
  const made = document.createElement("li"), label = document.createElement("strong"), note = document.createElement("span");
  label.textContent = `${new Date(entry.at).toTimeString().slice(0, 5)}${entry.label && ` · ${entry.label}`}`;
  const foreign = entry.user !== dataset.user;
  const why = entry.locked ? [text("Locked")] : entry.problems || [];
  note.textContent = foreign ? text("Waiting").replace("{who}", entry.user) : why.join(" ");
  made.append(label, note);
  if (!foreign && !entry.locked && form) made.append(button(text("Correct"), () => correct(entry)));
  if (!foreign) {
    made.append(button(text("Discard"), async (event) => {
      if (event.target.dataset.asked) {
        await kept.drop(entry.key);
        return count();
      }
      event.target.dataset.asked = "1";
      event.target.textContent = text("Sure");
      return undefined;
    }));
  }
  return made;
}

async function correct(entry) {
  const fields = new Map(entry.fields);
  await kept.drop(entry.key);
  await count();
  find("#q-outbox").close();
  form.reset();
  photos().clear();
  for (const name of ["key", "comment", "quantity"]) form.elements[name].value = fields.get(name) || "";
  for (const { name, blob } of entry.photos) photos().add(new File([blob], name, { type: blob.type }));
  const operation = fields.get("operation"), part = fields.get("part");
  await look(fields.get("code") || "", { at: fields.get("at") || "", ...(operation && { operation }), ...(part && { part }) });
  form.elements.quantity.value = fields.get("quantity");
  choose(fields.get("defect_code"));
  problems(entry.problems || []);
}

let sending = false;
async function replay() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const entry of await kept.all()) {
      if (entry.user !== dataset.user || entry.problems || entry.locked) continue;
      const answer = await outbox.send(entry, dataset.floor);
      if (answer.away) return;
      if (answer.gone) return void again(replay);
      if (answer.url) {
        await kept.drop(entry.key);
        banner(`${text("Sent")}:`, false, answer);
      } else await kept.keep({ ...entry, problems: answer.problems });
    }
  } finally {
    sending = false;
    await count();
  }
}

addEventListener("online", replay);
setInterval(async () => { if (!unsent.hidden) await replay(); }, RETRY);
find("[data-send-now]").addEventListener("click", replay);
count().then((entries) => entries.length && replay());

// --- log in again without leaving the page --------------------------------------------------------------------------------------
let then, asking = false;
function again(act) {
  if (act) then = act;
  asking = true;
  const dialog = find("#q-again");
  if (dialog.open) return;
  dialog.querySelector("[name=password]").value = "";
  askCode(false);
  dialog.closest("q-dialog").show();
  const shared = localStorage.getItem("qms-shared") === "1";  // the next person holds a badge to the scanner
  const first = dialog.querySelector(shared ? "[name=username]" : "[name=password]");
  first.focus();
  first.select();
}

// The second half of a login with one-time codes; what was typed for the first stays out of sight meanwhile.
function askCode(is) {
  const { password, code } = find("[data-again]").elements;
  [find("[data-code]").hidden, find("[data-word]").hidden] = [!is, is];
  [code.required, password.required] = [is, !is];
  code.value = "";
  if (is) code.focus();
}

find("#q-again").addEventListener("cancel", (event) => event.preventDefault());
find("#q-again").addEventListener("close", () => { if (asking) again(); });  // a second Escape closes whatever is prevented
find("#q-again").addEventListener("click", (event) => event.target.tagName === "DIALOG" && event.stopPropagation());
find("[data-again]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password, code } = event.target.elements;
  const asked = find("[data-code]").hidden ? { username: username.value.trim(), password: password.value } : { code: code.value.trim() };
  let told;
  try {
    told = await outbox.login(dataset.login, asked);
  } catch {
    return banner(text("Offline"), true);
  }
  password.value = "";
  askCode(told.asksCode);
  find("[data-wrong]").hidden = !told.refused;
  if (!told.known) return undefined;
  if (await outbox.who(dataset.session) !== dataset.user) {
    if (dirty()) await kept.keep({ ...taken(), problems: [] });
    return location.assign(dataset.floor);
  }
  asking = false;
  find("#q-again").close();
  for (const input of document.getElementsByName("csrfmiddlewaretoken")) input.value = outbox.token();
  find("#q-again").classList.remove("q-floor-locked");
  net.hidden = true;
  const act = then;
  then = undefined;
  return act?.();
});

// --- this device: where it starts, its scanner, whether it is shared ---------------------------------------------------------
for (const input of document.querySelectorAll("[data-device]")) {
  const name = `qms-${input.dataset.device}`;
  const box = input.type === "checkbox";
  if (box) input.checked = localStorage.getItem(name) === "1";
  else input.value = localStorage.getItem(name) || "";
  input.addEventListener("change", () => {
    localStorage.setItem(name, box ? (input.checked ? "1" : "") : input.value);
    if (input.dataset.device === "start") document.cookie = `qms_start=${input.checked ? "floor" : "desk"}; path=/; max-age=31536000; samesite=lax`;
  });
}

let idle = Date.now();
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { idle = Date.now(); }, true);
setInterval(async () => {
  if (localStorage.getItem("qms-shared") !== "1" || Date.now() - idle < IDLE || find("#q-again").open) return;
  find("#q-again").classList.add("q-floor-locked");
  again();
  try {
    await outbox.logout(dataset.logout);
  } catch { /* without a connection the screen alone is locked */ }
}, 5000);
