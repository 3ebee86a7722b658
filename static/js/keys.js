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

const COMMANDS = {
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
  g: () => { going = Date.now(); return true; },
};

document.addEventListener("keydown", (event) => {
  if (root.dataset.qKeys === "off" || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const gone = Date.now() - going < 1500;
  going = 0;
  const done = gone ? follow(`[data-go="${CSS.escape(event.key)}"]`) : Object.hasOwn(COMMANDS, event.key) && COMMANDS[event.key]();
  if (done) event.preventDefault();
});

document.getElementById("q-keys-switch")?.addEventListener("change", (event) => {
  root.dataset.qKeys = event.target.checked ? "on" : "off";
  document.cookie = `qms_keys=${root.dataset.qKeys}; path=/; max-age=31536000; samesite=lax`;
});
