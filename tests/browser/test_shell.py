"""The shell in a real browser: every look, Back after a filter, lost connection and session, keys, no script."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Product
from .harness import Browser, matrix

LOOKS = [pytest.param(*look, id="-".join(map(str, look))) for look in matrix()]


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_every_look_is_accessible_and_within_the_policy(product: Product, browser: Browser, width, theme, language):
    look = {"width": width, "theme": theme, "language": language}
    tag = f"{width}-{theme}-{language}"
    screen = browser.page(product.url, **look)
    screen.open("/login").check().shot(f"login-{tag}")
    screen = product.sign_in(browser, "engineer", **look)
    assert screen.page.locator("html").get_attribute("data-bs-theme") == theme
    assert screen.page.locator("html").get_attribute("lang").lower() == language
    for name, path in {"home": "/", "ncr-list": "/ncr/", "ncr-new": "/ncr/new", "menu": "/menu"}.items():
        screen.open(path).settle().check().shot(f"{name}-{tag}")
    screen.open("/ncr/").settle()
    screen.page.locator("[data-row] a").first.click()
    screen.settle().check().shot(f"ncr-{tag}")
    screen.open("/nothing-here", status=404)
    screen.failed.clear()
    screen.check().shot(f"missing-{tag}")
    screen.page.context.close()


@pytest.fixture
def reader(product: Product, browser: Browser):
    screen = product.sign_in(browser, "engineer")
    yield screen
    screen.page.context.close()


def test_back_after_a_filter_restores_page_filter_and_rows(reader):
    page = reader.open("/ncr/").settle().page
    page.fill("#q-quick", "NCR")
    page.wait_for_url("**/ncr/?q=NCR")
    page.locator("[data-row] a").first.click()
    page.wait_for_url(re.compile(r"/ncr/NCR-"))
    page.go_back()
    reader.settle()
    assert page.locator("nav.q-rail").count() == 1 and page.input_value("#q-quick") == "NCR"
    assert page.locator("[data-row]").count() > 0 and page.locator(".q-filter-chips li").count() == 2
    reader.check(axe=False)


def test_the_count_sort_and_chips_work_without_leaving_the_page(reader):
    page = reader.open("/ncr/").settle().page
    page.locator("th a").first.click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert "order=" in page.url
    reader.check(axe=False)


def test_keys_move_open_and_go_and_can_be_switched_off(reader):
    page = reader.open("/ncr/").settle().page
    page.keyboard.press("j")
    expect(page.locator(".q-row-active")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/ncr/NCR-"))
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/ncr/$"))
    page.keyboard.press("/")
    page.keyboard.type("j?")
    assert page.input_value("#q-quick") == "j?" and page.locator("dialog:modal").count() == 0
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.uncheck("#q-keys-switch")
    reader.open("/ncr/").settle()
    page.keyboard.press("j")
    expect(page.locator(".q-row-active")).to_have_count(0)


def test_a_lost_connection_or_session_keeps_what_was_entered(reader, product):
    page = reader.open("/ncr/new").settle().page
    page.fill("#id_description", "scratch on the sealing face")
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.context.set_offline(True)
    page.click("#act-form .btn-primary")
    expect(page.locator("#q-net")).to_contain_text("No connection")
    page.context.set_offline(False)
    reader.expected = {401}
    page.context.clear_cookies()
    page.click("#act-form .btn-primary")
    expect(page.locator("#q-net")).to_contain_text("logged out")
    assert posts == [] and page.input_value("#id_description") == "scratch on the sealing face"
    with page.context.expect_page() as opened:
        page.click("#q-net a")
    other = opened.value
    other.fill("#id_username", "engineer")
    other.fill("#id_password", product.users["engineer"])
    other.click("button.btn-primary")
    other.wait_for_url(lambda url: "/login" not in url)
    page.dblclick("#act-form .btn-primary")
    expect(page.locator(".q-summary")).to_be_visible()
    assert len(posts) == 1 and page.input_value("#id_description") == "scratch on the sealing face"


def test_lists_forms_and_menus_work_without_script(product, browser):
    signed_in = product.sign_in(browser, "engineer").page.context.storage_state()
    context = browser.browser.new_context(java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    page.goto(f"{product.url}/ncr/")
    page.fill("#q-quick", "NCR")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=NCR"))
    assert page.locator("[data-row]").count() > 0
    page.goto(f"{product.url}/ncr/new")
    page.click("#act-form .btn-primary")
    assert page.locator(".q-summary a").count() > 0
    context.close()


def test_a_list_page_stays_light(reader):
    """At most 8 requests and 150 KB on the wire with nothing kept from before; scripts and styles compressed."""
    page = reader.settle().page  # what the page before still asks for is not this page's
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    reader.open("/ncr/").settle()
    assert min(sizes.values()) > 0 and len(sizes) <= 8 and sum(sizes.values()) <= 150_000, sizes


def test_a_page_that_lies_open_shows_nothing_after_its_session(product: Product, browser: Browser):
    """What was entered and not sent stays; after a logout there is nothing to go back to (ASVS 14.3.1)."""
    screen = product.sign_in(browser, "engineer")
    screen.expected = {401}
    shown = "document.dispatchEvent(new Event('visibilitychange'))"
    page = screen.open("/ncr/new").settle().page
    page.fill("textarea >> nth=0", "half a sentence")
    page.context.clear_cookies(name="sessionid")
    with page.expect_response("**/session"):
        page.evaluate(shown)
    assert page.input_value("textarea >> nth=0") == "half a sentence" and "/login" not in page.url
    page = product.sign_in(browser, "engineer").open("/ncr/").settle().page
    page.context.clear_cookies(name="sessionid")
    page.evaluate(shown)
    page.wait_for_url("**/login?next=%2Fncr%2F")
    page.go_back()
    page.wait_for_url("**/login?next=**")
    assert page.locator(".q-number").count() == 0
