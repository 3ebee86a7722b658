"""The integration owner's day in a real browser: the error desk from a dead letter to a signed end, and a reconciliation with the
real ERP from the question to the signed sheet of the day (ux.md §3 i)."""

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from .conftest import Plant, Product, until
from .harness import Browser, Screen

PROVES = ("95", "96")
# Two defects of a machine that the catalogue refused for good, as they stand on the error desk.
DEAD = """
from connectors.models import InboxMessage
rows = InboxMessage.objects.filter(message_id__in={ids!r})
print(rows.update(state="REJECTED", problem="The catalogue of defect codes is closed for this cell."))
"""
# What the demo plant says to have posted was never sent to this ERP, and other scenes of this plant leave lots and orders of
# theirs; somebody accepts that, else nobody may sign.
ACCEPTED = """
from connectors.actions import reconciling
from connectors.models import Difference
from qms.accounts.models import User
by = User.objects.get(username="integration")
for row in Difference.objects.open().filter(interface__code="tryton"):
    reconciling.resolve(difference=row, resolution="accepted", reason="Other scenes of the plant left it.", by=by)
"""
REASON = "The cell sent its training data; nothing of it was made."


def press(screen: Screen, wanted: str = "#act-form .btn-primary") -> None:
    with screen.page.expect_navigation():
        screen.page.click(wanted)
    screen.settle()


def sign(screen: Screen, product: Product, name: str) -> None:
    """What the open dialog asks for."""
    page = screen.page
    if page.locator("dialog:modal #agree-password").count():
        page.fill("#agree-username", name)
        page.fill("#agree-password", product.users[name])
        page.click("dialog:modal .btn-primary")
        page.wait_for_selector("dialog:modal #sign-password")
    if page.locator("#sign-username").count():
        page.fill("#sign-username", name)
    page.fill("#sign-password", product.users[name])
    press(screen, "dialog:modal .btn-primary")


@pytest.fixture
def letters(product: Product) -> list[str]:
    ids = [f"desk-{uuid.uuid4()}" for _ in range(2)]
    data = {"nc_code": "CELL-77", "part": "RM-TI64-B25", "lot": "LOT-26-0001", "quantity": {"affected": 1, "unit": "m"}}
    told = {"specversion": "1.0", "source": "mes-aug", "type": "mes.defect.logged", "data": data}
    for name in ids:
        assert product.call("mes/events", {**told, "id": name}).status == 202
    made = product.manage("shell", "-c", DEAD.format(ids=ids))
    assert made.stdout.strip().endswith("2"), json.dumps([made.stdout, made.stderr])
    return ids


def test_a_dead_letter_from_its_cause_to_its_signed_end(product: Product, browser: Browser, letters: list[str]):
    screen = product.sign_in(browser, "integration")
    page = screen.open("/interfaces/mes-aug/?tab=letters").settle().page
    cause = page.locator("section.q-card").filter(has_text="The catalogue of defect codes is closed")
    expect(cause).to_contain_text("Nobody takes care of it yet.")
    screen.check().shot("desk-letters")
    cause.get_by_role("link", name="Assign").click()
    page.wait_for_load_state()
    page.select_option("#id_to", label="Ivo Hartmann")
    screen.check().shot("desk-assign")
    press(screen)
    expect(cause).to_contain_text("Ivo Hartmann takes care of it.")

    press(screen, "a:has-text('Try all of this cause')")
    press(screen, "a:has-text('Dry run')")
    told = page.locator("section", has=page.locator("#dry"))
    expect(told).to_contain_text(letters[0])
    expect(told).to_contain_text("CELL-77")
    screen.check().shot("desk-foretold")

    screen.open("/interfaces/mes-aug/?tab=letters").settle()
    for name in letters:
        cause.locator("tr", has_text=name[:36]).locator("input").check()
    press(screen, "button:has-text('Discard the chosen')")
    page.fill("#id_reason", REASON)
    page.click("#act-form .btn-primary")
    page.wait_for_selector("dialog:modal")
    screen.settle().check().shot("desk-discard-sign", full=False)
    sign(screen, product, "integration")
    expect(page.locator("section.q-card").filter(has_text="The catalogue of defect codes is closed")).to_have_count(0)
    screen.check().shot("desk-done")
    page.context.close()
    reader = product.sign_in(browser, "integration", width=390, theme="dark", language="zh-hans")
    reader.open("/interfaces/mes-aug/?tab=letters").settle().check().shot("desk-390-zh")
    reader.page.context.close()


@pytest.mark.erp
def test_a_reconciliation_from_the_question_to_the_signed_sheet(plant: Plant, browser: Browser):
    plant.erp.new_lot("LOT-BR-SEEN-LATE", "TB-4711", 5.0)
    owner = plant.sign_in(browser, "integration")
    page = owner.open("/interfaces/tryton/reconcile").settle().page
    press(owner)
    ended = page.locator(
        "dd", has_text=re.compile(r"^\s*Finished\s*$")
    )  # the state; the label beside it says the same at all times
    until(lambda: ended.count() > 0, 300, "the ERP is compared")
    page.reload()
    owner.settle().check().shot("reconciliation")
    row = page.locator("tr", has_text="LOT-BR-SEEN-LATE").first
    expect(row).to_contain_text("Missing here")
    row.get_by_role("link").first.click()
    page.wait_for_load_state()
    difference = page.url
    owner.settle().check().shot("difference")
    press(owner, "a:has-text('Assign')")
    page.select_option("#id_to", label="Ivo Hartmann")
    press(owner)
    press(owner, "a:has-text('Resolve')")
    page.check("input[name=resolution][value=theirs]")
    page.fill("#id_reason", "It was made in the ERP after the last reading.")
    owner.check().shot("difference-resolve")
    press(owner)
    page.goto(difference)
    owner.settle()
    expect(page.locator("dl.q-facts")).to_contain_text("made in the ERP after the last reading")

    accepted = plant.manage("shell", "-c", ACCEPTED)
    assert accepted.returncode == 0, accepted.stderr
    page = owner.open("/interfaces/day-sheets/new").settle().page
    tryton = page.locator("#id_interface option", has_text=re.compile("tryton", re.IGNORECASE)).get_attribute("value")
    page.select_option("#id_interface", tryton)
    owner.check()
    press(owner)
    owner.check().shot("day-sheet")
    owner.open(f"/interfaces/day-sheets/{page.url.rsplit('/', 1)[-1]}/sign").settle()
    page.click("#act-form .btn-primary")
    page.wait_for_selector("dialog:modal")
    owner.settle().check().shot("day-sheet-sign", full=False)
    sign(owner, plant, "integration")
    expect(page.locator(".q-signatures")).to_contain_text("Ivo Hartmann")
    page.context.close()
