// Readings that could not be sent: each cell waits on this device under its own key and is sent again, so that it becomes one reading.
// What the server then refuses stands in its cell, beside what it holds already.

import * as outbox from "./outbox.js";

const RETRY = 15_000;
const box = outbox.box("qms-readings");
const note = document.querySelector("[data-waiting]");
const { user, seal } = note.dataset;
document.body.dataset.seal = seal;  // what the outbox shuts its entries with
const field = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);
const chosen = (name) => document.querySelector(`[name="${CSS.escape(name)}"]:checked`)?.value ?? field(name)?.value;

function taken(input) {
  const rest = input.name.slice(1), [, uid, sample] = rest.split(".");
  const fields = [["cell", `c${rest}`]];
  for (const name of [`c${rest}`, `k${rest}`, `w${rest}`, `g.${uid}`, `s.${sample}`]) {
    const value = chosen(name);
    if (value) fields.push([name, value]);
  }
  return { key: field(`k${rest}`).value, user, at: Date.now(), fields, photos: [], url: location.pathname, label: field(`c${rest}`).getAttribute("aria-label") };
}

async function keep(input) {
  await box.keep(taken(input));
  input.closest(".q-cell")?.classList.add("q-cell-waits");
  await count();
}

document.addEventListener("htmx:error", (event) => {
  const input = event.target.closest?.(".q-cell")?.querySelector("[name^='c.']");
  if (input) keep(input);
});

async function count() {
  const mine = (await box.all()).filter((entry) => entry.user === user);
  const here = mine.filter((entry) => entry.url === location.pathname);
  told(here.filter((entry) => entry.isRefused));
  note.hidden = !mine.length;
  note.querySelector("[data-count]").textContent = here.length;
  const elsewhere = [...new Set(mine.filter((entry) => entry.url && entry.url !== location.pathname).map((entry) => entry.url))];
  note.querySelector("[data-elsewhere]").replaceChildren(...elsewhere.map((url) => {
    const link = document.createElement("a");
    [link.href, link.textContent] = [url, url.split("/").at(-2)];
    return link;
  }));
  return here;
}

// What the server refused for good is listed with its value, so that it can be noted; only the person who typed it throws it away.
function told(refused) {
  const list = note.querySelector("[data-refused]");
  list.hidden = !refused.length;
  list.querySelector("ul").replaceChildren(...refused.map((entry) => {
    const row = document.createElement("li");
    row.textContent = `${entry.label}: ${entry.fields[1]?.[1] ?? ""}`;
    return row;
  }));
}

// The cell as the server answers it, "" where it refuses for good (the inspection has gone on), or null while it cannot be sent.
async function sent(entry) {
  const body = new URLSearchParams(entry.fields);
  try {
    const answer = await fetch(entry.url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": outbox.token() } });
    if (answer.ok) return await answer.text();
    return [403, 404, 409, 422].includes(answer.status) ? "" : null;
  } catch {
    return null;
  }
}

function shown(entry, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const other of made.content.querySelectorAll("[hx-swap-oob]")) document.getElementById(other.id)?.replaceWith(other);
  const cell = made.content.querySelector(".q-cell"), place = field(entry.fields[0][1])?.closest(".q-cell");
  if (place) {
    place.replaceWith(cell);
    htmx.process(cell);
  }
  return { isRefused: cell.classList.contains("q-cell-refused"), isShown: Boolean(place) };
}

let sending = false;
async function replay() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const entry of await count()) {
      if (entry.locked) continue;
      const html = await sent(entry);
      if (html === null) return;
      if (!html) {
        await box.keep({ ...entry, isRefused: true });
        continue;
      }
      const { isRefused, isShown } = shown(entry, html);
      if (!isRefused || isShown) await box.drop(entry.key);  // refused on another page of samples: it waits for that page
    }
  } finally {
    sending = false;
    await count();
  }
}

addEventListener("online", replay);
setInterval(() => { if (!note.hidden) replay(); }, RETRY);
note.querySelector("[data-send]").addEventListener("click", replay);
note.querySelector("[data-discard]").addEventListener("click", async () => {
  for (const entry of await count()) {
    if (!entry.isRefused) continue;
    await box.drop(entry.key);
    const input = field(entry.fields[0][1]);
    if (!input) continue;
    input.value = input.defaultValue;
    input.closest(".q-cell").classList.remove("q-cell-waits");
  }
  await count();
});
replay();
