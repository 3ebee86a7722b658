"""The desk in a real browser: palette, bulk acts on a set that changed, saved views, mentions; all looks of its pages."""

import time
import uuid

import pytest

from .conftest import Product, until
from .harness import Browser, matrix

CHINESE = "主轴端面划伤，批次已隔离"


def event(note: str) -> dict:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": "2026-05-04T08:15:00+02:00",
        "data": {
            "nc_code": "DIM-OUT", "part": "TB-4711", "lot": "LOT-26-0101", "order": "WO-26-0001", "operation": "OP-20",
            "work_center": "CNC-01", "quantity": {"affected": 5, "unit": "u"}, "severity": "major", "operator": "OP-77",
            "note": note,
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def records(product: Product) -> list[str]:
    """Enough open records for a second page, one of them told in Chinese."""
    notes = [CHINESE, *(f"Scratch {i}" for i in range(29))]
    answers = [product.call("mes/events", event(note)) for note in notes]
    assert {answer.status for answer in answers} == {201}, answers[0]
    return [answer.body["record"] for answer in answers]


def test_the_palette_opens_by_keyboard_and_finds_chinese(product: Product, browser: Browser, records):
    screen = product.sign_in(browser, "engineer", language="zh-hans")
    page = screen.open("/").settle().page
    page.keyboard.press("Control+k")
    page.wait_for_selector("#q-palette[open]")
    screen.settle().check().shot("desk-palette-empty")
    # The search reads the sealed trail; a record is found by its words within seconds.
    until(lambda: records[0] in found(page, "端面划伤"), 20, "the record is found by its Chinese text")
    screen.settle().check().shot("desk-palette-zh")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ncr/{records[0]}")
    screen.settle().check(axe=False)
    page.keyboard.press("Control+k")
    page.fill("#q-palette-input", "设置")
    page.keyboard.press("Escape")
    page.wait_for_selector("#q-palette:not([open])", state="attached")
    page.context.close()


def found(page, text: str) -> str:
    page.fill("#q-palette-input", "")
    page.fill("#q-palette-input", text)
    with page.expect_response(lambda answer: "/palette?q=%E7" in answer.url):
        pass
    time.sleep(0.2)
    return page.inner_text("#q-palette-options")


def test_a_bulk_act_is_refused_when_another_person_changed_the_set(product: Product, browser: Browser, records):
    screen = product.sign_in(browser, "engineer")
    page = screen.open("/ncr/?state=OPEN&size=25").settle().page
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert "1" in page.inner_text(".q-bulk-count")
    screen.check().shot("desk-bulk-selected")
    page.check("[data-bulk-all]")
    page.select_option("#q-bulk-act", "comment")
    page.click("#q-bulk button")
    page.wait_for_selector("#act-form")
    screen.settle().check().shot("desk-bulk-preview")
    other = product.sign_in(browser, "manager")
    other.open(f"/ncr/{records[5]}/cancel").settle()
    other.page.fill("#id_reason", "reported twice by the MES")
    other.page.click("#act-form .btn-primary")
    other.page.wait_for_url(f"**/ncr/{records[5]}")
    other.page.context.close()
    screen.expected = {409}
    page.fill("#id_text", "Sort by Friday")
    page.click("#act-form .btn-primary")
    page.wait_for_selector(".q-conflict")
    screen.settle().check().shot("desk-bulk-conflict")
    assert "now there are" in page.inner_text(".q-conflict")
    page.click(".q-conflict .btn")
    page.wait_for_selector("#q-bulk")
    screen.expected = set()
    page.check("[data-bulk-key] >> nth=0")
    page.locator("[data-bulk-key]").nth(2).click(modifiers=["Shift"])
    assert page.locator("[data-bulk-key]:checked").count() == 3
    page.select_option("#q-bulk-act", "comment")
    page.click("#q-bulk button")
    page.wait_for_selector("#act-form")
    page.fill("#id_text", "Sort by Friday")
    page.click("#act-form .btn-primary")
    page.wait_for_selector(".alert-success")
    screen.settle().check().shot("desk-bulk-report")
    page.context.close()


def test_a_view_is_saved_counted_removed_and_brought_back(product: Product, browser: Browser, records):
    screen = product.sign_in(browser, "engineer")
    page = screen.open("/ncr/?state=OPEN&severity=major").settle().page
    page.click(".q-results-head summary:has-text('Views')")
    page.fill("#q-view-name", "Major and open")
    screen.check().shot("desk-views-menu")
    page.click("form[action$='/views/save'] button")
    page.wait_for_selector(".q-tabs a[aria-current]:has-text('Major and open') .q-tab-count")
    screen.settle().check().shot("desk-views-tab")
    page.click(".q-results-head summary:has-text('Views')")
    page.click("button[name=act][value=remove]")
    page.wait_for_load_state()
    page.click(".q-results-head summary:has-text('Views')")
    page.click("button[name=act][value='bring-back']")
    page.wait_for_selector(".q-tabs a[aria-current]:has-text('Major and open')")
    screen.settle().check(axe=False)
    page.context.close()


def test_a_mention_is_picked_and_told(product: Product, browser: Browser, records):
    screen = product.sign_in(browser, "engineer")
    page = screen.open(f"/ncr/{records[1]}").settle().page
    page.locator("#q-comment").press_sequentially("**Please** decide, @vog")
    page.wait_for_selector("q-mention [role=option]")
    screen.check().shot("desk-mention")
    page.keyboard.press("Enter")
    assert page.input_value("#q-comment").endswith("@manager ")
    page.click(".q-comment button")
    page.wait_for_selector(".q-prose strong")
    screen.settle().check(axe=False)
    page.context.close()
    told = product.sign_in(browser, "manager")
    mention = f".q-inbox li:has-text('{records[1]}') a"
    until(
        lambda: told.open("/notifications/").settle().page.locator(mention).count(), 60, "the inbox shows the mention"
    )
    until(lambda: told.open("/").settle().page.locator(".q-bell-count").count(), 20, "the bell counts it")
    told.check().shot("desk-bell")
    told.page.click("#q-bell")
    told.page.wait_for_selector(".q-inbox")
    told.settle().check().shot("desk-inbox")
    told.page.locator(mention).first.click()
    told.page.wait_for_url(f"**/ncr/{records[1]}")
    told.page.context.close()


PAGES = {
    "work": "/",
    "others": "/?show=others",
    "search": "/search?all=1&q=LOT-26-0101",
    "nothing": "/search?q=zzzzzz",
    "palette": "/palette?q=n",
    "list": "/ncr/?size=25",
    "inbox": "/notifications/",
    "settings": "/notifications/settings",
}


@pytest.mark.parametrize(("width", "theme", "language"), list(matrix()))
def test_every_look_is_accessible(product: Product, browser: Browser, records, width, theme, language):
    screen = product.sign_in(browser, "engineer", width=width, theme=theme, language=language)
    for name, path in PAGES.items():
        screen.open(path).settle().check().shot(f"desk-{name}-{width}-{theme}-{language}")
    screen.page.context.close()


def test_the_palette_answers_without_a_script(product: Product, browser: Browser, records):
    screen = browser.page(product.url, java_script_enabled=False)
    page = screen.page
    page.goto(f"{product.url}/login?next=/palette%3Fq%3D{records[2]}")
    page.fill("#id_username", "engineer")
    page.fill("#id_password", product.users["engineer"])
    page.click("button.btn-primary")
    page.wait_for_url("**/palette**")
    assert records[2] in page.inner_text(".q-palette-list")
    page.context.close()


def test_brackets_walk_the_list_that_was_on_screen(product: Product, browser: Browser, records):
    """Also over the edge of its page, in the order and with the filter in which it stood; not on what it does not hold."""
    screen = product.sign_in(browser, "engineer")
    page = screen.open("/ncr/?state=OPEN&size=25&order=number").settle().page
    listed = page.locator("[data-row] a.q-number").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(listed) == 25
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{listed[0]}")
    assert page.locator("q-walk [data-step='-1']").is_disabled()
    screen.settle().check().shot("desk-walk")
    page.keyboard.press("]")
    page.wait_for_url(f"**{listed[1]}")
    page.keyboard.press("[")
    page.wait_for_url(f"**{listed[0]}")
    page.keyboard.press("?")
    page.wait_for_selector("#q-keys[open] kbd:has-text(']')")
    page.keyboard.press("Escape")
    for href in listed[1:]:
        page.locator("q-walk [data-step='1']").click()
        page.wait_for_url(f"**{href}")
    page.keyboard.press("]")
    page.wait_for_url(lambda url: not url.endswith(listed[-1]))
    beyond = page.url
    assert "/ncr/NCR-" in beyond and not any(beyond.endswith(href) for href in listed)
    page.keyboard.press("[")
    page.wait_for_url(f"**{listed[-1]}")
    page.locator("q-walk a").click()
    page.wait_for_url("**state=OPEN**")
    screen.open("/ncr/new").settle()
    assert page.locator("q-walk:visible").count() == 0
    page.context.close()
