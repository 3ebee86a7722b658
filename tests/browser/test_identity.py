"""Sign in at a real identity provider and sign a disposition by a fresh sign-in there, in a real browser under the real policy."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.fakes import openid

from .conftest import Product
from .harness import Browser

PROVES = ("11.200(a)",)
LOOKS = [(390, "light", "zh-hans"), (1180, "light", "en"), (1440, "dark", "en")]
# A provider, and a member of the board without a password here.
JOIN = """
from qms import journal
from qms.accounts import actions
from qms.accounts.models import Site
from qms.accounts.providers import IdentityProvider
from qms.identity import actions as identity
told = dict(code="works", name="Works account", client_id="qms", secret="x", reason="company accounts")
row = IdentityProvider.objects.filter(code="works").first() or identity.set_up(by=journal.SYSTEM, issuer="{issuer}", **told)
made = actions.create_user(username="{name}", full_name="Nora Neu", password="a long phrase of words", by=journal.SYSTEM)
actions.grant(user=made, role="mrb_member", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
actions.bind(user=made, provider=row, subject="{name}", by=journal.SYSTEM, reason="badge seen")
actions.switch_password_off(user=made, by=journal.SYSTEM, reason="company account")
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[openid.RealProvider]:
    with openid.real() as found:
        yield found


def choose(page, sub: str) -> None:
    """On the provider's own page."""
    page.fill("input[name=sub]", sub)
    page.press("input[name=sub]", "Enter")


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_sign_in_and_sign_by_way_of_the_provider(product: Product, browser: Browser, provider, width, theme, language):
    name = f"works{width}"
    made = product.manage("shell", "-c", JOIN.format(name=name, issuer=provider.issuer))
    assert made.returncode == 0, made.stderr
    screen = browser.page(product.url, width=width, theme=theme, language=language)
    page = screen.page
    screen.open("/login").settle().check().shot(f"identity-login-{width}")
    page.click("a.q-login-provider")
    choose(page, name)
    page.wait_for_url(f"{product.url}/**")
    screen.prefer(theme=theme, language=language)
    screen.open("/ncr/?state=IN_MRB").settle()
    page.locator("main table a.q-number, main a.q-number").first.click()
    page.wait_for_load_state()
    number = page.url.rsplit("/", 1)[-1]
    screen.open(f"/ncr/{number}/approve").settle()
    page.click("#act-form .btn-primary")
    page.fill("#agree-username", name)
    screen.settle().check().shot(f"identity-agree-{width}", full=False)
    page.click("dialog .btn-primary")  # by itself to the provider: nobody clicks the page in between
    choose(page, name)
    page.wait_for_url("**/signing/**")
    page.click("dialog .btn-primary")
    expect(page.locator("dialog:modal .q-sign-sentence")).to_be_visible()
    screen.settle().check().shot(f"identity-dialog-{width}", full=False)
    page.click("dialog .btn-primary")
    choose(page, name)
    page.wait_for_url("**/signing/**")
    screen.settle().check().shot(f"identity-back-{width}", full=False)
    if width == 1440:  # once: the board's second seat stays free for other scenes
        page.fill("#sign-comment", "as discussed")
        page.click("dialog .btn-primary")
        page.wait_for_url(re.compile(rf".*/ncr/{number}$"))
        expect(page.locator("#signatures")).to_contain_text("a fresh sign-in at the identity provider")
        screen.settle().check().shot("identity-signed-1440")
    page.context.close()


def test_the_pages_of_the_administration(product: Product, browser: Browser, provider):
    for width, theme, language in LOOKS:
        screen = product.sign_in(browser, "admin", width=width, theme=theme, language=language)
        screen.open("/settings/providers/").settle().check().shot(f"identity-providers-{width}")
        screen.open("/settings/providers/works").settle().check().shot(f"identity-provider-{width}")
        screen.open("/settings/providers/new").settle().check().shot(f"identity-new-{width}")
        screen.open("/people/works1440/").settle().check().shot(f"identity-person-{width}")
        screen.open("/settings/sites/AUG/signing").settle().check().shot(f"identity-rule-{width}")
        screen.page.context.close()
