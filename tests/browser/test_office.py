"""People, tokens, the role matrix, the trail and the catalogue in a real browser, in the looks that differ most."""

import pytest

from .conftest import Product, until
from .harness import Browser

LOOKS = [(1440, "light", "en"), (390, "dark", "en"), (1440, "dark", "zh-hans"), (390, "light", "zh-hans")]
PAGES = {
    "security": {
        "people": "/people/",
        "person": "/people/engineer/",
        "person-new": "/people/new",
        "grant": "/people/engineer/grant",
        "roles": "/people/roles",
        "settings": "/settings/",
        "sites": "/settings/sites/",
        "service": "/settings/services/svc-mes/",
        "token-new": "/settings/services/svc-mes/token",
        "trail": "/trail/",
        "verify": "/trail/verify",
    },
    "manager": {
        "codes": "/defect-codes/",
        "code": "/defect-codes/DIM-OUT",
        "code-retire": "/defect-codes/DIM-OUT/retire",
    },
}


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
@pytest.mark.parametrize("who", PAGES)
def test_every_look_is_accessible(product: Product, browser: Browser, who, width, theme, language):
    screen = product.sign_in(browser, who, width=width, theme=theme, language=language)
    for name, path in PAGES[who].items():
        screen.open(path).settle().check().shot(f"office-{name}-{width}-{theme}-{language}")
    screen.page.context.close()


def test_the_trail_is_verified_from_its_page_and_stands_outside(product: Product, browser: Browser):
    anchors = product.var / "anchors"
    until(lambda: list(anchors.glob("*/*.note")), 60, f"a checkpoint in {anchors}")
    screen = product.sign_in(browser, "security")
    page = screen.open("/trail/verify").settle().page
    assert "on this very machine" in page.inner_text("main")
    page.click(".q-page-head .btn-primary")
    page.wait_for_selector("#q-verification .q-chip:has-text('Intact')", timeout=60_000)
    screen.settle().check().shot("office-verified")
    page.context.close()
    told = product.manage("verify_trail")
    assert told.returncode == 0 and "0 checkpoints" not in told.stdout, told.stdout + told.stderr


def test_a_new_person_chooses_a_password_and_a_token_is_shown_once(product: Product, browser: Browser):
    screen = product.sign_in(browser, "admin")
    page = screen.open("/people/new").settle().page
    given, own = "seven brown herons walk", "quiet lamps over the yard"
    entries = {
        "username": "n.weber",
        "full_name": "Nora Weber",
        "password": given,
        "identity": "Badge seen by A. Berg.",
    }
    for name, value in entries.items():
        page.fill(f"#id_{name}", value)
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/people/n.weber/")
    screen.settle().check()
    page.context.close()

    theirs = browser.page(product.url).login("n.weber", given)
    theirs.page.wait_for_url("**/password")
    theirs.settle().check()
    for name, value in {"current": given, "password": own, "again": own}.items():
        theirs.page.fill(f"#id_{name}", value)
    theirs.page.click("#act-form .btn-primary")
    theirs.page.wait_for_url(f"{product.url}/")
    theirs.settle().check(axe=False)
    theirs.page.context.close()

    screen = product.sign_in(browser, "admin")
    page = screen.open("/settings/services/svc-mes/token").settle().page
    page.check("input[value=read]")
    page.click("#act-form .btn-primary")
    page.wait_for_selector("#token")
    clear = page.input_value("#token")
    screen.settle().check()
    assert clear.startswith("qms_") and len(clear) == 47
    page.click("main .btn-primary")
    page.wait_for_url("**/settings/services/svc-mes/")
    assert clear not in screen.settle().page.content() and clear[:8] in page.content()
    page.context.close()


def test_a_review_of_the_trail_from_its_plan_to_its_signature(product: Product, browser: Browser):
    """Somebody who acted on no record plans it, works through the entries, marks one and signs."""
    screen = product.sign_in(browser, "security")
    page = screen.open("/trail/reviews/new").settle().page
    page.fill("#id_title", "Failed signings of the week")
    page.check("[name=looks][value=access]")
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/trail/reviews/ATR-*")
    place = page.url
    screen.settle().check()
    page.click("text=Begin the review")
    page.wait_for_url("**/start")
    page.click("#act-form .btn-primary")
    page.wait_for_url(place)
    page.click("text=Work through the entries")
    page.wait_for_url("**/entries")
    screen.settle().check().shot("review-entries")
    page.locator("[data-row] td a").first.click()
    page.wait_for_url("**/mark?entry=*")
    page.fill("#id_why", "Nobody says who asked for this role.")
    page.select_option("#id_follow", "access")
    page.click("#act-form .btn-primary")
    page.wait_for_url(place)
    page.click("text=Sign the review")
    page.wait_for_url("**/sign")
    page.click("#act-form .btn-primary")
    page.wait_for_selector("dialog:modal")
    if page.locator("#sign-username").count():
        page.fill("#sign-username", "security")
    page.fill("#sign-password", product.users["security"])
    screen.settle().check().shot("review-sign", full=False)
    page.click("dialog:modal .btn-primary")
    page.wait_for_url(place)
    screen.settle().check().shot("review-signed")
    assert "Reviewed" in page.inner_text("main") and "exceptions: 1" in page.inner_text("main")
    page.context.close()
