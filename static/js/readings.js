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
