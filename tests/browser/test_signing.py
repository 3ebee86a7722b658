"""The first signature of somebody's life, a list that is signed at once, and one-time codes, in a real browser."""

import time

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from .conftest import Product
from .harness import Browser

LOOKS = [(390, "light", "zh-hans"), (1440, "dark", "en")]
# A member of the board who has not agreed to anything yet.
JOIN = """
from qms import journal
from qms.accounts import actions
from qms.accounts.models import Site
made = actions.create_user(username="{name}", full_name="Nora Neu", password="{password}", by=journal.SYSTEM)
actions.grant(user=made, role="mrb_member", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
"""


def join(product: Product, name: str) -> str:
    password = product.users["mrb1"]
    made = product.manage("shell", "-c", JOIN.format(name=name, password=password))
    assert made.returncode == 0, made.stderr
    return password


def fill(page, prefix: str, username: str, password: str) -> None:
    if page.locator(f"#{prefix}-username").count():
        page.fill(f"#{prefix}-username", username)
    page.fill(f"#{prefix}-password", password)


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_the_agreement_comes_first_then_what_was_entered_is_signed(
    product: Product, browser: Browser, width, theme, language
):
    name = f"neu{width}"
    password = join(product, name)
    screen = browser.page(product.url, width=width, theme=theme, language=language)
    screen.login(name, password).prefer(theme=theme, language=language)
    page = screen.page
    screen.open("/account").settle().check().shot(f"signing-account-{width}")
    screen.open("/account/agreement").settle().check().shot(f"signing-agreement-{width}")
    screen.open("/ncr/?state=IN_MRB").settle()
    page.locator("main table a.q-number, main a.q-number").first.click()
    page.wait_for_load_state()
    number = page.url.rsplit("/", 1)[-1]
    screen.open(f"/ncr/{number}/approve").settle()
    page.click("#act-form .btn-primary")
    expect(page.locator("dialog:modal #agree-username")).to_be_focused()
    screen.settle().check().shot(f"signing-agree-{width}", full=False)
    screen.expected = {403}
    fill(page, "agree", name, "not the password")
    page.click("dialog .btn-primary")
    expect(page.locator("dialog [role=alert]")).to_be_visible()
    screen.expected = set()
    fill(page, "agree", name, password)
    page.click("dialog .btn-primary")
    expect(page.locator("dialog:modal #sign-password")).to_be_focused()
    assert not page.locator("#sign-username").count(), "agreeing was the first signing of the series"
    screen.settle().check().shot(f"signing-dialog-{width}", full=False)
    if width > 1000:  # once: the board's second seat stays free for the scenes below
        page.fill("#sign-password", password)
        page.click("dialog .btn-primary")
        page.wait_for_url(f"**/ncr/{number}")
        expect(page.locator("#signatures")).to_contain_text("Nora Neu")
        screen.settle().check().shot(f"signing-signed-{width}")
    page.context.close()


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_codes_are_enrolled_asked_for_and_ended(product: Product, browser: Browser, width, theme, language):
    name = f"codes{width}"
    password = join(product, name)
    screen = browser.page(product.url, width=width, theme=theme, language=language)
    screen.login(name, password).prefer(theme=theme, language=language)
    page = screen.open("/account/codes").settle().page
    screen.check().shot(f"signing-codes-{width}")
    page.click(".q-enrol summary")
    secret = page.inner_text(".q-enrol code").replace(" ", "")
    totp = TOTP(_bytes(secret))
    page.fill("#id_code", f"{totp.token():06d}")
    page.fill("#id_current", password)
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/account")
    screen.settle().check().shot(f"signing-enrolled-{width}")
    page.context.close()

    screen = browser.page(product.url, width=width, theme=theme, language=language)
    page = screen.open("/login").page
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("button.btn-primary")
    expect(page.locator("#id_code")).to_be_focused()
    screen.settle().check().shot(f"signing-login-code-{width}")
    totp.time = time.time() + 30  # the next code: this one was used to enrol
    page.fill("#id_code", f"{totp.token():06d}")
    page.click("button.btn-primary")
    page.wait_for_url(lambda url: "/login" not in url)
    screen.open("/ncr/?state=IN_MRB").settle()
    page.locator("main a.q-number").first.click()
    page.wait_for_load_state()
    screen.open(f"/ncr/{page.url.rsplit('/', 1)[-1]}/approve").settle()
    page.click("#act-form .btn-primary")
    expect(page.locator("#agree-code")).to_be_visible()
    screen.settle().check().shot(f"signing-agree-code-{width}", full=False)
    screen.open("/account/codes/end").settle().check()
    page.fill("#id_current", password)
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/account")
    page.context.close()


def _bytes(secret: str) -> bytes:
    import base64

    return base64.b32decode(secret + "=" * (-len(secret) % 8))


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_a_list_is_shown_before_it_is_signed(product: Product, browser: Browser, width, theme, language):
    screen = product.sign_in(browser, "mrb1", width=width, theme=theme, language=language)
    page = screen.open("/ncr/?state=IN_MRB").settle().page
    page.check("[data-bulk-key] >> nth=0")
    page.select_option("#q-bulk-act", "approve")
    page.click("#q-bulk button")
    page.wait_for_selector("#act-form")
    screen.settle().check().shot(f"signing-list-{width}")
    page.click("#act-form .btn-primary")
    expect(page.locator("dialog:modal .q-sign-rows li")).to_have_count(1)
    expect(page.locator("dialog:modal #sign-username")).to_be_focused()
    screen.settle().check().shot(f"signing-list-dialog-{width}", full=False)
    page.context.close()


def test_the_tablets_own_dialog_knows_codes(product: Product, browser: Browser):
    """A login that was lost on the floor: password, then the code, then what was entered is sent."""
    password = join(product, "codesfloor")
    screen = browser.page(product.url, width=820)
    page = screen.login("codesfloor", password).open("/account/codes").settle().page
    page.click(".q-enrol summary")
    totp = TOTP(_bytes(page.inner_text(".q-enrol code").replace(" ", "")))
    page.fill("#id_code", f"{totp.token():06d}")
    page.fill("#id_current", password)
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/account")
    screen.open("/floor/").settle()
    page.context.clear_cookies(name="sessionid")
    screen.expected = {200, 401, 422}
    page.evaluate("document.querySelector('[data-submit]').click()")
    dialog = page.locator("#q-again")
    expect(dialog).to_be_visible()
    page.fill("#q-again-password", password)
    page.keyboard.press("Enter")
    expect(page.locator("#q-again-code")).to_be_focused()
    expect(page.locator("#q-again-password")).to_be_hidden()
    screen.check().shot("signing-floor-code-820", full=False)
    page.fill("#q-again-code", "000000")
    page.keyboard.press("Enter")
    expect(page.locator("[data-wrong]")).to_be_visible()
    totp.time = time.time() + 30  # the next code: this one was used to enrol
    page.fill("#q-again-code", f"{totp.token():06d}")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.context.close()
