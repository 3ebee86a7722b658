// The grid of readings: Enter and the arrows go from cell to cell; a value is judged while it is typed, and again by the server.

const cells = (grid) => [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]);

const move = (grid, from, down, across) => {
  const rows = cells(grid);
  const y = rows.findIndex((row) => row.includes(from));
  const next = down ? rows[y + down]?.[rows[y].indexOf(from)] : rows[y][rows[y].indexOf(from) + across] ?? rows[y + across]?.at(across > 0 ? 0 : -1);
  if (!next) return false;
  next.focus();
  next.select?.();
  return true;
};

document.addEventListener("keydown", (event) => {
  const from = event.target.closest?.("[data-readings] [data-cell]");
  if (!from || event.isComposing) return;
  const grid = from.closest("[data-readings]");
  if (event.key === "Enter") {
    event.preventDefault();
    if (!move(grid, from, 0, event.shiftKey ? -1 : 1)) from.blur();
  } else if (from.type === "text" && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    if (move(grid, from, event.key === "ArrowDown" ? 1 : -1, 0)) event.preventDefault();
  }
});

document.addEventListener("input", (event) => {
  const cell = event.target.closest?.("[data-readings] input[type=text][data-cell]");
  if (!cell) return;
  const [lower, upper] = [cell.dataset.lower, cell.dataset.upper];
  const text = cell.value.trim().replace(",", ".");
  const value = Number(text);
  const isBad = text !== "" && Number.isFinite(value) && ((lower && value < Number(lower)) || (upper && value > Number(upper)));
  cell.toggleAttribute("aria-invalid", Boolean(isBad));
  if (isBad) cell.setAttribute("aria-invalid", "true");
});

// How many are read, as the server counted after the last cell.
document.addEventListener("htmx:after:swap", () => {
  for (const cell of document.querySelectorAll("[data-progress]")) {
    document.querySelector("[data-readings-progress]").textContent = cell.dataset.progress;
    delete cell.dataset.progress;
  }
});

// --- the drawing around the balloon of the focused row, enlarged; and its photo standard ---
const ENLARGED = 2.5;
const crop = document.querySelector("[data-crop]");

function around(row) {
  const image = crop.querySelector("[data-crop-image]"), mark = crop.querySelector("[data-crop-mark]");
  const { sheet, x, y, photo } = row.dataset, [across, down] = [x / 1000, y / 1000];
  image.closest("figure").hidden = !sheet;
  if (sheet) {
    if (image.getAttribute("src") !== sheet) image.src = sheet;
    image.style.width = `${100 * ENLARGED}%`;
    const shift = () => {
      const frame = image.parentElement, [wide, high] = [frame.clientWidth, frame.clientHeight];
      const left = Math.min(Math.max(across * image.clientWidth - wide / 2, 0), Math.max(image.clientWidth - wide, 0));
      const top = Math.min(Math.max(down * image.clientHeight - high / 2, 0), Math.max(image.clientHeight - high, 0));
      image.style.transform = `translate(${-left}px, ${-top}px)`;
      mark.style.left = `${across * image.clientWidth - left}px`;
      mark.style.top = `${down * image.clientHeight - top}px`;
    };
    if (image.complete) shift();
    image.onload = shift;
    mark.textContent = row.querySelector(".q-balloon").textContent;
    crop.querySelector("[data-crop-text]").textContent = row.querySelector(".q-limits").textContent;
  }
  const standard = crop.querySelector("[data-crop-photo]");
  standard.hidden = !photo;
  if (photo) standard.querySelector("img").src = photo;
  crop.hidden = !sheet && !photo;
}

if (crop) {
  const first = document.querySelector("[data-readings] tr[data-sheet], [data-readings] tr[data-photo]");
  crop.hidden = false;
  around(first || document.querySelector("[data-readings] tbody tr"));
  document.querySelector("[data-readings]").addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) around(row);
  });
}

// --- the control chart of the focused row, drawn anew when one of its cells was saved ---
const focus = document.querySelector("[data-row-chart]");
let shown, turn = 0;

async function chart(row) {
  shown = row;
  const mine = ++turn;
  if (!row?.dataset.chart) {
    focus.hidden = true;
    return;
  }
  const answer = await fetch(row.dataset.chart, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (mine !== turn) return;  // somebody has moved on
  focus.hidden = answer?.status !== 200;
  if (!focus.hidden) focus.innerHTML = await answer.text();
}

if (focus) {
  document.querySelector("[data-readings]").addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && row !== shown) chart(row);
  });
  document.addEventListener("htmx:after:swap", () => shown?.dataset.chart && chart(shown));
}

// --- balloons placed on the drawing: a click gives the chosen line its place and chooses the next ---
const place = document.querySelector("[data-place]");
if (place) {
  const sheet = place.querySelector("[data-sheet]");
  const input = (axis, uid) => place.querySelector(`[name="${axis}.${uid}"]`);
  const draw = () => {
    for (const mark of place.querySelectorAll("[data-mark]")) {
      const [x, y] = ["x", "y"].map((axis) => Number(input(axis, mark.dataset.mark).value.replace(",", ".") || NaN));
      mark.hidden = !(x >= 0 && x <= 100 && y >= 0 && y <= 100);
      mark.style.left = `${x}%`;
      mark.style.top = `${y}%`;
    }
  };
  sheet.addEventListener("click", (event) => {
    const chosen = place.querySelector("[name=line]:checked"), frame = sheet.getBoundingClientRect();
    input("x", chosen.value).value = ((100 * (event.clientX - frame.left)) / frame.width).toFixed(1);
    input("y", chosen.value).value = ((100 * (event.clientY - frame.top)) / frame.height).toFixed(1);
    const all = [...place.querySelectorAll("[name=line]")], next = all[all.indexOf(chosen) + 1];
    if (next) next.checked = true;
    draw();
  });
  place.addEventListener("input", draw);
  draw();
}
