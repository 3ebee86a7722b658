// A page that lies open when its session has ended shows nothing of it any more: it leads to the login. What a person has entered
// and not sent stays, because it is theirs; the form then asks for a login of its own accord.
const { session, login, idle } = document.body.dataset;
const AGAIN = 60_000;
let timer;

const untouched = () => [...document.querySelectorAll("form[data-once]")].every((form) => [...form.elements].every((field) =>
  field.type === "hidden" || field.tagName === "BUTTON" || (field.type === "checkbox" || field.type === "radio" ? field.checked === field.defaultChecked
    : field.options ? [...field.options].every((one) => one.selected === one.defaultSelected) : field.value === (field.defaultValue ?? ""))));

async function ask() {
  wait(AGAIN);
  let answer;
  try {
    answer = await fetch(session, { headers: { "HX-Request": "true", "X-Seen": "no" }, cache: "no-store" });
  } catch {
    return;
  }
  if (answer.status !== 401 || !untouched()) return;
  document.body.replaceChildren();
  location.replace(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

function wait(time) {
  clearTimeout(timer);
  timer = setTimeout(ask, time);
}

if (session) {
  const pause = Number(idle) * 60_000 + 5000;
  wait(pause);
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => wait(pause), true);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
}
