"""A browser for tests: real Chromium, policy violations and console errors collected, axe, screenshots.

with Browser() as browser:
    page = browser.page(live_server.url, width=390, theme="dark", language="zh-hans")
    page.login("inspector", "password")
    page.open("/ncr/")
    page.check()          # raises: policy violation, console error, failed request, axe A/AA finding
    page.shot("ncr-list")
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.sizes import FULL

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = {390: 844, 1180: 820, 1440: 900}
THEMES = ("light", "dark")
LANGUAGES = ("en", "zh-hans")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--metrics-recording-only",
)
PATIENCE = 30_000  # ms; a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MARKS = {"theme": "data-q-theme", "language": "lang"}  # where a page says whose taste it follows
AXE = """async (tags) => (await axe.run(document, {
  runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]})).violations"""
# Recorded by the page itself: a console message alone would not say which directive was broken.
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (e) =>
  window.__violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
"""


class Broken(AssertionError):
    """What the browser saw and should not have."""


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    raise Broken("Chromium is not on PATH: install the package chromium")


def axe_source() -> str:
    """From the staged browser assets, else from node_modules."""
    for place in ("static/vendor/axe/axe.min.js", "static/vendor/axe.min.js", "node_modules/axe-core/axe.min.js"):
        if (path := ROOT / place).is_file():
            return path.read_text()
    raise Broken("axe-core is not installed: run scripts/setup dev")


def matrix() -> Iterator[tuple[int, str, str]]:
    """(width, theme, language) of the looks a screen must survive: all twelve at full size, else the six that hold every pair."""
    for place, (width, theme) in enumerate(itertools.product(WIDTHS, THEMES)):
        paired = LANGUAGES[(place + place // len(THEMES)) % len(LANGUAGES)]
        yield from ((width, theme, language) for language in (LANGUAGES if FULL else (paired,)))


class Screen:
    """One page of the browser, with what it complained about since it was opened."""

    def __init__(self, page: Page, base: str, shots: Path) -> None:
        self.page, self.base, self.shots = page, base.rstrip("/"), shots
        self.errors: list[str] = []
        self.failed: list[str] = []
        self.expected: set[int] = set()
        self.running: set[Any] = set()
        self.is_opened = False
        page.on("request", lambda request: self.running.add(request))
        page.on("requestfinished", lambda request: self.running.discard(request))
        page.on("requestfailed", lambda request: self.running.discard(request))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        page.on("requestfailed", self._failure)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        # A 4xx answer is logged by Chromium as an error too; the status is judged in _response.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def _failure(self, request: Any) -> None:
        if self.page.url.startswith("http") and not self.page.url.startswith(self.base):
            return  # a page of somebody else, such as an identity provider's
        if "ERR_ABORTED" not in (request.failure or ""):  # the reader left, or a newer search replaced it
            self.failed.append(f"{request.failure} {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.failed.append(f"{response.status} {response.url}")

    # --- acting ---

    def open(self, path: str, *, status: int = 200) -> "Screen":
        """Raises Broken when the answer has another status."""
        self.expected = {status}
        answer = self.page.goto(self.base + path)
        if answer is not None and answer.status != status:
            raise Broken(f"{path}: {answer.status} instead of {status}")
        self.is_opened = True
        return self

    def login(self, username: str, password: str) -> "Screen":
        self.open("/login")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", password)
        self.page.click("button.btn-primary")
        self.page.wait_for_url(lambda url: not url.split("?")[0].endswith("/login"))
        return self

    def prefer(self, *, theme: str = "", language: str = "") -> "Screen":
        """Sets the reader's own theme and language through the menu's form, as a person does."""
        for name, value in (("theme", theme), ("language", language)):
            # A navigation alone says nothing: htmx makes some within the page. The page that was asked for says so itself.
            wanted = f'html[{MARKS[name]}="{value}" i]'
            if value and not self.page.locator(wanted).count():
                button = self.page.locator(f'button[name="{name}"][value="{value}"]').first
                button.evaluate("button => { setTimeout(() => button.form.requestSubmit(button)); }")
                self.page.locator(wanted).wait_for(state="attached")
                self.page.wait_for_load_state()
        return self

    def settle(self) -> "Screen":
        """Until no request runs and htmx has swapped.

        After an act half a second must pass in which nothing is asked: what was typed is sent with a delay. A page that was only
        opened asks at once for what it needs.
        """
        if self.is_opened:
            self.page.wait_for_load_state("load")
            self._quiet()
        else:
            self.page.wait_for_load_state("networkidle")
        self.is_opened = False
        # Not wait_for_function: it evaluates text inside the page, which the policy forbids.
        self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")
        return self

    def _quiet(self) -> None:
        calm = 0
        while calm < 3:
            self.page.wait_for_timeout(20)
            calm = 0 if self.running else calm + 1

    # --- judging ---

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.__violations"))

    def axe(self) -> list[str]:
        """Findings of WCAG 2.0-2.2 A and AA, one per rule with the places. Loaded past the policy, which stays on."""
        self.page.evaluate("scrollTo(0, 0)")  # what lies half under the bar by chance is no fault of the page
        self.page.evaluate(axe_source())
        found = self.page.evaluate(AXE, RULES)
        return [f"{v['id']}: {v['help']}\n" + "\n".join(_place(n) for n in v["nodes"][:5]) for v in found]

    def overflows(self) -> bool:
        """The page itself must never scroll sideways; tables do so inside their own frame."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
        )

    def check(self, *, axe: bool = True) -> "Screen":
        found = [f"policy: {line}" for line in self.violations()] + self.errors + self.failed
        if self.overflows():
            found.append(f"the page scrolls sideways at {self.page.viewport_size}")
        found += self.axe() if axe else []
        if found:
            raise Broken(f"{self.page.url}\n" + "\n".join(found))
        return self

    def shot(self, name: str, *, full: bool = True) -> Path:
        self.shots.mkdir(parents=True, exist_ok=True)
        path = self.shots / f"{name}.png"
        self.page.screenshot(path=path, full_page=full, animations="disabled")
        return path


def _place(node: Any) -> str:
    return f"    {node['html'][:160]} {node['failureSummary'][:300]}"


class Browser:
    def __init__(self, shots: Path | None = None) -> None:
        self.shots = shots or Path(os.environ.get("QMS_VAR", ROOT / "var")) / "shots"

    def __enter__(self) -> "Browser":
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        return self

    def __exit__(self, *problem: object) -> None:
        self.browser.close()
        self.playwright.stop()

    def page(
        self,
        base: str,
        *,
        width: int = 1440,
        theme: str = "light",
        language: str = "en",
        touch: bool = False,
        **options: Any,
    ) -> Screen:
        """A reader of their own: no cookie is shared with another page."""
        context = self.browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            color_scheme="dark" if theme == "dark" else "light",
            locale="zh-CN" if language.startswith("zh") else "en-GB",
            timezone_id="Europe/Berlin",
            has_touch=touch,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH)
        cookies = {"qms_theme": theme, "django_language": language}
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        return Screen(context.new_page(), base, self.shots)
