"""The floor's entry in a real browser: taps counted, a scanner imitated, photos, hold, result, double tap, lost network, lost login."""

import io
import time

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from qms.lib import barcode
from tests.factories.pictures import picture

from .conftest import Product, until
from .harness import Browser, Screen

MOST_TAPS, TARGET = 8, 48
LOT = "LOT-26-0101"
TOUCHED = "a, button, select, summary, textarea, input.form-control, label.btn, .q-floor-tiles label, .q-floor-hold"
SMALL = """([touched, target]) => [...document.querySelectorAll(touched)]
  .filter((each) => each.checkVisibility() && !each.matches(".q-skip, [tabindex='-1']"))
  .map((each) => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
  .filter(([box]) => box.width && (box.height < target || box.width < target))
  .map(([box, what]) => `${box.width}x${box.height} ${what}`)"""

SCAN = """(code) => {
  const heard = document.activeElement || document.body;
  for (const key of [...code, "Enter"]) {
    heard.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  }
}"""

LATE = """async (code) => {
  for (const [place, key] of [...code, "Enter"].entries()) {
    if (place === 1) await new Promise((go) => setTimeout(go, 150));
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  }
}"""


class Hand:
    """Counts what a person does with a finger; a scanner is no finger."""

    def __init__(self, screen: Screen) -> None:
        self.page, self.taps = screen.page, 0

    def tap(self, selector: str) -> None:
        self.taps += 1
        self.page.locator(selector).first.click()

    def scan(self, code: str) -> None:
        """Within the page: a busy test machine would stretch the pauses between real keys to those of a person."""
        self.page.evaluate(SCAN, code)

    def photograph(self, *names: str) -> None:
        """The camera's own shutter is the telephone's affair."""
        self.taps += 1
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("label[for=q-photos]").click()
        files = [{"name": n, "mimeType": "image/jpeg", "buffer": picture("JPEG", size=(640, 480))} for n in names]
        chooser.value.set_files(files)


def known(page, part: str = "TB-4711") -> None:
    expect(page.locator(".q-floor-card-known")).to_contain_text(part)


def records(product: Product, lot: str) -> list[dict]:
    return product.call(f"ncrs?lot={lot}&limit=100", token="readonly").body["results"]


def unknown_code(page, code: str) -> None:
    """Typed, not known to the ERP, the part chosen by hand."""
    page.fill("#q-code", code)
    page.keyboard.press("Enter")
    page.fill("#q-part", "TB-4711")
    page.locator(".q-options li").first.click()
    expect(page.locator("#q-where .q-floor-note")).to_be_visible()
    page.locator("#q-tiles label").first.click()


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(390, "light", "en"), (1180, "dark", "zh-hans"), (390, "dark", "zh-hans"), (1180, "light", "en")],
)
def test_an_entry_takes_at_most_eight_taps(product: Product, browser: Browser, width, theme, language):
    screen = product.sign_in(browser, "inspector", width=width, theme=theme, language=language)
    screen.open("/floor/").settle().check().shot(f"floor-empty-{width}-{theme}-{language}")
    assert screen.page.evaluate(SMALL, [TOUCHED, TARGET]) == []
    hand, began = Hand(screen), time.monotonic()
    hand.scan(LOT)
    known(screen.page)
    hand.tap("#q-tiles label")
    hand.tap("[data-step='1']")
    hand.tap("[data-step='1']")
    hand.photograph("bore.jpg", "edge.jpg")
    hand.tap(".q-floor-hold")
    expect(screen.page.locator("q-photos canvas")).to_have_count(2)
    screen.page.evaluate("scrollTo(0, 0)")
    screen.settle().check().shot(f"floor-filled-{width}-{theme}-{language}")
    assert screen.page.evaluate(SMALL, [TOUCHED, TARGET]) == []
    hand.tap("[data-submit]")
    screen.page.wait_for_url("**/floor/NCR-*")
    print(
        f"{hand.taps} taps, {time.monotonic() - began:.1f} s at {width} px"
    )  # reported, never asserted: machines differ
    assert hand.taps <= MOST_TAPS
    result_is_whole(product, screen, f"{width}-{theme}-{language}")
    screen.page.context.close()


def result_is_whole(product: Product, screen: Screen, name: str) -> None:
    """Number, readable QR to the record, the hold as it stands, two ways on."""
    page = screen.page
    number = page.locator("h1").inner_text()
    screen.check().shot(f"floor-result-{name}")
    assert page.evaluate(SMALL, [TOUCHED, TARGET]) == []
    shown = Image.open(io.BytesIO(page.locator(".q-floor-qr").screenshot()))
    assert barcode.read(shown.convert("L")) == [f"{product.url}/r/{number}"]
    expect(page.locator("#q-floor-live .q-chip").first).to_be_visible()
    assert page.locator("#q-floor-live").get_attribute("hx-trigger") == "every 2s"
    page.locator(".q-floor-submit a").first.click()
    known(page)
    made = product.call(f"ncrs/{number}", token="readonly").body
    assert (made["lot_number"], made["affected_quantity"]) == (LOT, "3")
    screen.open(f"/r/{number}").settle().check(axe=False)
    expect(page.locator(".q-file img")).to_have_count(2)


def test_an_operator_lands_here_and_may_not_hold(product: Product, browser: Browser):
    screen = browser.page(product.url, width=390).login("operator", product.users["operator"])
    screen.page.wait_for_url("**/floor/")
    Hand(screen).scan(LOT)
    known(screen.page)
    assert screen.page.locator("[name=hold]").count() == 0
    expect(screen.page.locator("#q-hold")).to_contain_text("Holds are requested by")
    screen.settle().check()
    screen.page.context.close()


def test_a_scanner_is_heard_anywhere_but_in_what_a_person_types(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=1180)
    page, hand = screen.open("/floor/").settle().page, Hand(screen)
    page.focus("#q-floor-comment")
    hand.scan("not-a-code")
    page.keyboard.type("not-a-code\n")
    assert page.input_value("#q-floor-comment") == "not-a-code\n" and page.input_value("#q-code") == ""
    page.fill("#q-floor-comment", "")
    page.locator("#q-tiles label").first.click()
    page.keyboard.type("slow\n", delay=150)  # a person: no code
    page.wait_for_timeout(400)
    assert page.input_value("#q-code") == "" and page.url.endswith("/floor/")  # and its Enter has sent nothing
    expect(page.locator("#q-floor-problems")).to_be_empty()
    hand.scan(f"]d201{'04012345678901'}10{LOT}")
    known(page)
    assert page.input_value("#q-code").endswith(LOT) and page.locator("#q-tiles input:checked").count() == 1
    hand.scan(f"]d201{'04012345678901'}10{LOT}")
    expect(page.locator("[data-said]")).to_have_text("Scanned already")
    page.evaluate(LATE, "WO-LATE-9")
    expect(page.locator("#q-code")).to_have_value("WO-LATE-9")
    screen.settle().check(axe=False)
    page.context.close()


def test_prefix_and_suffix_of_the_devices_scanner_are_taken_off(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    page.locator("header summary").click()
    page.fill("#q-scan-prefix", "~")
    page.fill("#q-scan-suffix", "#")
    page.locator("#q-scan-suffix").blur()
    screen.check()
    page.reload()
    page.evaluate(SCAN, f"~{LOT}#")
    known(page)
    assert page.input_value("#q-code") == LOT
    page.context.close()


def test_a_photo_of_a_code_is_read_by_the_server(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    drawn = zxingcpp.create_barcode(LOT, zxingcpp.BarcodeFormat.DataMatrix)
    out = io.BytesIO()
    Image.fromarray(zxingcpp.write_barcode_to_image(drawn, scale=8)).save(out, "PNG")
    page.set_input_files("#q-code-photo", {"name": "c.png", "mimeType": "image/png", "buffer": out.getvalue()})
    known(page)
    screen.check()
    screen.expected = {200, 422}
    page.set_input_files("#q-code-photo", {"name": "c.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator("[data-said]")).to_contain_text("No code was found")
    screen.check(axe=False)
    page.context.close()


def test_an_unknown_code_is_kept_and_a_double_tap_is_one_record(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    unknown_code(page, "DOUBLE-1")
    expect(page.locator(".q-floor-card-unknown")).to_contain_text("Not found in the ERP, last read")
    screen.check()
    page.locator("[data-submit]").dblclick()
    page.wait_for_url("**/floor/NCR-*")
    assert [record["lot_number"] for record in records(product, "DOUBLE-1")] == ["DOUBLE-1"]
    page.context.close()


def test_a_tap_that_is_faster_than_the_answer_is_kept(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    waiting = []
    page.route("**/floor/?code=*", lambda route: waiting.append(route))
    Hand(screen).scan(LOT)
    until(lambda: page.wait_for_timeout(50) or waiting, 5, "the code is being looked up")
    page.locator("#q-tiles label").nth(3).click()
    chosen = page.locator("#q-tiles input:checked").get_attribute("value")
    waiting[0].continue_()
    known(page)
    assert page.locator("#q-tiles input:checked").get_attribute("value") == chosen
    page.context.close()


def test_what_is_refused_stays_on_the_screen_with_a_sentence(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    screen.expected = {200, 422}
    unknown_code(page, "REFUSED-1")
    page.fill("#q-floor-comment", "stays")
    page.set_input_files("#q-photos", {"name": "x.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"})
    page.locator("[data-submit]").click()
    expect(page.locator("#q-floor-problems")).to_contain_text("x.png is not a photo")
    assert page.input_value("#q-floor-comment") == "stays" and records(product, "REFUSED-1") == []
    screen.check().shot("floor-refused-390")
    page.locator("q-photos li .btn").click()
    page.locator("[data-submit]").click()
    page.wait_for_url("**/floor/NCR-*")
    assert len(records(product, "REFUSED-1")) == 1
    page.context.close()


# Everything that the tablet's database holds, bytes as Latin-1.
LIES = """async () => {
  const base = await new Promise((done) => { const asked = indexedDB.open("qms-floor", 1); asked.onsuccess = () => done(asked.result); });
  const rows = await new Promise((done) => {
    const asked = base.transaction("entries").objectStore("entries").getAll(); asked.onsuccess = () => done(asked.result);
  });
  const text = (bytes) => new TextDecoder("latin1").decode(bytes);
  return JSON.stringify(rows, (_name, value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? text(value) : value);
}"""


def test_without_a_network_entries_wait_with_their_photos_and_go_out_once(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page, context = screen.open("/floor/").settle().page, screen.page.context
    unknown_code(page, "OFFLINE-1")
    Hand(screen).photograph("a.jpg")
    page.fill("#q-floor-comment", "written offline")
    context.set_offline(True)
    page.locator("[data-submit]").click()
    expect(page.locator("#q-unsent")).to_contain_text("1 not sent")
    assert page.input_value("#q-floor-comment") == "" and records(product, "OFFLINE-1") == []
    expect(page.locator("#q-net")).to_contain_text("kept on this device")
    lies = page.evaluate(LIES)  # on the tablet: who waits since when, and nothing of what they wrote
    assert "operator" in lies and "sealed" in lies
    assert not any(word in lies for word in ("written offline", "OFFLINE-1", "JFIF", "Exif", "photo"))
    assert page.locator(".q-floor-card").count() == 0 and page.locator("[name=part]").count() == 0
    Hand(screen).scan("OFFLINE-2")
    expect(page.locator(".q-floor-card")).to_contain_text("OFFLINE-2: No connection. The code is kept")
    screen.shot("floor-offline-390")
    page.locator("#q-unsent").click()
    expect(page.locator("[data-outbox] li")).to_contain_text("OFFLINE-1")
    screen.shot("floor-outbox-390", full=False)
    page.locator("#q-outbox [data-close]").click()
    context.set_offline(False)
    expect(page.locator("#q-unsent")).to_be_hidden()
    [made] = until(lambda: records(product, "OFFLINE-1"), 20, "the entry went out")
    assert made["lot_number"] == "OFFLINE-1"
    screen.open(f"/floor/{made['number']}").settle()
    expect(page.locator(".q-floor-result-head")).to_contain_text("1 photo")
    assert records(product, "OFFLINE-1") == [made]
    context.close()


def test_an_answer_that_got_lost_makes_no_second_record(product: Product, browser: Browser):
    """The server has recorded, the tablet does not know: it sends again with the same key."""
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    unknown_code(page, "LOST-1")

    def lose(route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/floor/", lose)
    page.locator("[data-submit]").click()
    expect(page.locator("#q-unsent")).to_contain_text("1 not sent")
    assert len(records(product, "LOST-1")) == 1
    page.unroute("**/floor/")
    page.reload()  # what waits survives the page
    expect(page.locator("#q-unsent")).to_be_hidden()
    assert len(records(product, "LOST-1")) == 1
    page.context.close()


def test_a_lost_login_asks_for_it_and_keeps_the_form(product: Product, browser: Browser):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.open("/floor/").settle().page
    unknown_code(page, "LOGIN-1")
    page.context.clear_cookies(name="sessionid")
    screen.expected = {200, 401, 422}
    page.locator("[data-submit]").click()
    expect(page.locator("#q-again")).to_be_visible()
    screen.check().shot("floor-login-390", full=False)
    page.fill("#q-again-password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[data-wrong]")).to_be_visible()
    page.fill("#q-again-password", product.users["operator"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/floor/NCR-*")
    assert len(records(product, "LOGIN-1")) == 1
    page.context.close()


def test_a_shared_tablet_locks_after_two_idle_minutes_and_keeps_the_form_for_its_owner(
    product: Product, browser: Browser
):
    screen = product.sign_in(browser, "operator", width=390)
    page = screen.page
    page.clock.install()
    screen.open("/floor/").settle()
    page.locator("header summary").click()
    page.locator("[data-device=shared]").check()
    page.keyboard.press("Escape")
    page.fill("#q-floor-comment", "half an entry")
    page.clock.fast_forward(100_000)
    assert not page.locator("#q-again").is_visible()
    page.clock.fast_forward(30_000)
    expect(page.locator("#q-again")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.locator("#q-again")).to_be_visible()
    until(
        lambda: page.request.get(f"{product.url}/session", headers={"HX-Request": "true"}).status == 401, 10, "locked"
    )
    page.fill("#q-again-user", "inspector")
    page.fill("#q-again-password", product.users["inspector"])
    page.keyboard.press("Enter")
    expect(page.locator("#q-unsent")).to_contain_text("1 not sent")  # put aside for the operator
    assert page.input_value("#q-floor-comment") == ""
    page.locator("#q-unsent").click()
    expect(page.locator("[data-outbox] li")).to_contain_text("waits for operator to log in")
    assert "half an entry" not in page.evaluate(LIES) and page.locator("[data-outbox] li button").count() == 0
    page.context.close()
