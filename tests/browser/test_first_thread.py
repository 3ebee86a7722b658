"""From a defect on the shop floor to a posted document in the ERP, as people see it. Nothing is faked: the daemons of
`make run`, a real browser, a real Tryton. What is asserted is read from pages, from the API and from Tryton itself."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Plant, until
from .harness import Browser, Screen

pytestmark = [pytest.mark.browser, pytest.mark.erp]
ITEM, LOT = "TB-4711", "LOT-26-0108"
NUMBER, RECORD = re.compile(r"NCR-\d\d-\d{6}"), re.compile(r"/ncr/NCR-\d\d-\d{6}$")
RELAYED = 30_000  # ms that the relay, the ERP and the page's own look may take together


def defect(code: str = "DIM-OUT", lot: str = LOT, quantity: int = 10) -> dict[str, Any]:
    data = {"nc_code": code, "part": ITEM, "lot": lot, "quantity": {"affected": quantity, "unit": "u"}}
    return {
        "specversion": "1.0",
        "id": f"browser-{uuid.uuid4()}",
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": "2026-05-04T08:15:00+02:00",
        "data": {**data, "operator": "otto.kern", "note": "Bore 12 H7 measured 12.034."},
    }


@dataclass
class Scene:
    """People at their screens; each logs in once."""

    plant: Plant
    browser: Browser
    number: str = ""
    screens: dict[str, Screen] = field(default_factory=dict)

    def screen(self, username: str) -> Screen:
        if username not in self.screens:
            self.screens[username] = self.plant.sign_in(self.browser, username)
        return self.screens[username]

    def at(self, username: str, path: str = "") -> Page:
        """The person's page, at the scene's record unless told."""
        return self.screen(username).open(path or f"/ncr/{self.number}").settle().page

    def report(self, **given: Any) -> str:
        answer = self.plant.call("mes/events", defect(**given))
        assert answer.status == 201, answer
        self.number = answer.body["record"]
        return self.number

    def documents(self, reference: str) -> list[dict[str, Any]]:
        """What stands in Tryton under our reference."""
        fields = ["number", "state", "reference", "from_location.code", "to_location.code", "moves.quantity"]
        return self.plant.erp.manage.find("stock.shipment.internal", [["reference", "=", reference]], fields)

    def stock(self, place: str, lot: str = LOT) -> float:
        return self.plant.erp.stock(self.plant.erp.id("stock.lot", number=lot), place)


@pytest.fixture(scope="module")
def scene(plant: Plant, browser: Browser) -> Scene:
    return Scene(plant, browser)


def take(page: Page, step: str) -> None:
    """A step from the record's header, or from its menu."""
    offer = page.locator(".q-record-acts").get_by_role("link", name=step, exact=True)
    if not offer.is_visible():
        page.locator(".q-record-acts summary").click()
    offer.click()
    page.wait_for_url(re.compile(r"/ncr/[^/]+/"))


def submit(page: Page) -> None:
    page.click("#act-form .btn-primary")


def status(page: Page) -> Any:
    return page.locator("#record-head .q-chip").first


def sign(page: Page, username: str, password: str, comment: str = "") -> None:
    """User id and password at the first signature of a session, the password alone at the next."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if (asked := dialog.get_by_label("User id")).count():
        asked.fill(username)
    dialog.get_by_label("Password").fill(password)
    if comment:
        dialog.get_by_label("Comment").fill(comment)
    dialog.get_by_role("button", name="Sign now").click()


def approve(scene: Scene, username: str) -> Page:
    page = scene.at(username)
    take(page, "Approve disposition")
    submit(page)
    sign(page, username, scene.plant.users[username])
    page.wait_for_url(f"**/ncr/{scene.number}")
    return page


def hold(page: Page, quantity: str = "") -> None:
    page.locator("#containment").get_by_role("link", name="Request hold").click()
    if quantity:
        page.get_by_label("Quantity to hold").fill(quantity)
    page.get_by_label("Reason").fill("Keep the lot out of assembly until it is decided.")
    submit(page)
    page.wait_for_url("**#containment")


def propose(page: Page, lines: list[tuple[str, str]]) -> None:
    take(page, "Set disposition")
    for i, (kind, quantity) in enumerate(lines):
        page.select_option(f"#id_lines-{i}-kind", kind)
        page.fill(f"#id_lines-{i}-quantity", quantity)
    submit(page)


def confirm(page: Page, step: str) -> None:
    take(page, step)
    submit(page)
    page.wait_for_url(RECORD)


def posted(page: Page, section: str, lines: int = 1) -> list[str]:
    """Document numbers of a section, once the page itself has followed every posting to its end."""
    way = page.locator(f"#{section} .q-posting-way")
    expect(way).to_have_count(lines, timeout=RELAYED)
    expect(page.locator(f"#{section} .q-posting-done", has_text="Posted")).to_have_count(lines, timeout=RELAYED)
    return page.locator(f"#{section} .q-posting strong").all_inner_texts()


# --- one event, one record ------------------------------------------------------------------------------------------


def test_the_mes_reports_a_defect_and_gets_the_number_of_one_record(scene: Scene) -> None:
    event = defect()
    first = scene.plant.call("mes/events", event)
    assert (first.status, first.body["status"]) == (201, "created") and NUMBER.fullmatch(first.body["record"])
    scene.number = first.body["record"]
    again = scene.plant.call("mes/events", event)
    assert (again.status, again.body["status"], again.body["record"]) == (200, "duplicate", scene.number)
    event["data"]["quantity"]["affected"] = 11
    other = scene.plant.call("mes/events", event)
    assert other.status == 422 and other.body["title"]
    page = scene.at("engineer", f"/ncr/?q={LOT}")
    assert page.locator("[data-row]").count() == 1


def test_a_name_that_means_nothing_waits_for_a_person_who_says_what_it_means(scene: Scene) -> None:
    event = defect(code="MASS-ZU-GROSS")
    kept = scene.plant.call("mes/events", event)
    assert (kept.status, kept.body["status"], kept.body["record"]) == (202, "needs_mapping", None)
    page = scene.at("integration", "/interfaces/mes-aug/?tab=inbox")
    page.locator("tr", has_text="MASS-ZU-GROSS").get_by_role("link").first.click()
    page.get_by_role("link", name="Say what it means").click()
    answer = page.locator("#id_local_value")
    if answer.evaluate("field => field.tagName") == "SELECT":
        answer.select_option("DIM-OUT")
    else:
        answer.fill("DIM-OUT")
    page.fill("#id_reason", "The scale's word for a dimension out of tolerance.")
    submit(page)
    page.wait_for_url(lambda url: "/worklist/map" not in url)
    receipt = f"mes/receipts/mes-aug/{event['id']}"
    found = until(lambda: scene.plant.call(receipt).body["record"], 30, "the kept message is applied")
    assert NUMBER.fullmatch(found)
    scene.screen("integration").check(axe=False)


# --- containment ----------------------------------------------------------------------------------------------------


def test_a_hold_is_requested_sent_and_posted_with_the_document_of_the_erp(scene: Scene) -> None:
    before = scene.stock("STO"), scene.stock("QUA")
    page = scene.at("engineer", "/ncr/")
    page.fill("#q-quick", scene.number)
    page.wait_for_url("**?q=*")
    page.get_by_role("link", name=scene.number, exact=True).click()
    hold(page)
    expect(page.locator("#containment .q-posting-done", has_text="Requested")).to_have_count(1)
    (document,) = posted(page, "containment")
    expect(status(page)).to_have_text("Contained", timeout=RELAYED)
    expect(page.locator("#containment .q-chip", has_text="Active")).to_have_count(1)
    expect(page.locator("#record-live")).to_have_count(0)
    scene.screen("engineer").check()
    reference = scene.number.replace("-", "") + "-01"
    (found,) = scene.documents(reference)
    assert (found["number"], found["state"]) == (document, "done")
    assert (found["from_location."]["code"], found["to_location."]["code"]) == ("STO", "QUA")
    assert (scene.stock("STO"), scene.stock("QUA")) == (before[0] - 10, before[1] + 10)


# --- the decision ---------------------------------------------------------------------------------------------------


def test_the_engineer_decides_line_by_line_and_asks_the_board(scene: Scene) -> None:
    page = scene.at("engineer")
    confirm(page, "Start review")
    propose(page, [("use_as_is", "7"), ("scrap", "4")])
    expect(page.locator(".q-summary")).to_contain_text("11")  # more than is affected: refused, words kept
    page.fill("#id_lines-1-quantity", "3")
    scene.screen("engineer").failed.clear()
    submit(page)
    page.wait_for_url(f"**/ncr/{scene.number}")
    confirm(page, "Send to MRB")
    expect(status(page)).to_have_text("In MRB")
    page.locator(".q-record-acts summary").click()
    assert page.locator(".q-record-acts").get_by_role("link", name="Approve disposition").count() == 0
    assert page.locator("#record-next").inner_text().count("MRB member") == 1


def test_who_proposed_cannot_sign_not_even_by_the_address(scene: Scene) -> None:
    screen = scene.screen("engineer")
    screen.open(f"/ncr/{scene.number}/approve", status=403)
    assert "Approve" not in screen.page.locator("main button, main a.btn-primary").all_inner_texts()


def test_a_wrong_password_signs_nothing_and_is_said(scene: Scene) -> None:
    page = scene.at("mrb1")
    take(page, "Approve disposition")
    submit(page)
    scene.screen("mrb1").expected = {403}
    sign(page, "mrb1", "not the password", comment="Gauge R&R checked.")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    assert page.get_by_role("dialog").get_by_label("Comment").input_value() == "Gauge R&R checked."
    assert scene.at("engineer").locator("#disposition .q-chip", has_text="Signed").count() == 0


def test_a_page_that_is_out_of_date_signs_nothing_shows_who_changed_what_and_keeps_the_words(scene: Scene) -> None:
    page = scene.at("mrb1")
    take(page, "Approve disposition")
    submit(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    other = scene.at("mrb2")
    take(other, "Return to review")
    other.fill("#id_reason", "One piece more was found in the tray.")
    submit(other)
    other.wait_for_url(f"**/ncr/{scene.number}")
    engineer = scene.at("engineer")
    propose(engineer, [("use_as_is", "6"), ("scrap", "4")])
    engineer.wait_for_url(RECORD)
    confirm(engineer, "Send to MRB")
    scene.screen("mrb1").expected = {409}
    sign(page, "mrb1", scene.plant.users["mrb1"], comment="Seen with the customer.")
    banner = page.locator(".q-conflict")
    expect(banner).to_contain_text("Quentin Adler")
    expect(banner).to_contain_text("Mei Lin")
    expect(banner).to_contain_text("Seen with the customer.")
    assert scene.at("engineer").locator("#disposition .q-chip", has_text="Signed").count() == 0
    submit(page)  # look again, then sign what stands there now
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Scrap 4")
    assert dialog.get_by_label("Comment").input_value() == "Seen with the customer."
    scene.screen("mrb1").failed.clear()
    scene.screen("mrb1").check()
    sign(page, "mrb1", scene.plant.users["mrb1"])
    page.wait_for_url(f"**/ncr/{scene.number}")
    expect(page.locator("#signatures")).to_contain_text("Milan Roth")
    expect(page.locator("#signatures")).to_contain_text("Seen with the customer.")


def test_two_members_and_the_design_authority_conclude_it(scene: Scene) -> None:
    page = approve(scene, "mrb2")
    expect(status(page)).to_have_text("In MRB")
    page = approve(scene, "designer")
    expect(status(page)).to_have_text("Dispositioned")
    assert page.locator("#disposition .q-chip", has_text="Signed").count() == 3
    assert page.locator("#signatures li").count() == 3
    scene.screen("designer").check()


# --- execution and closing ------------------------------------------------------------------------------------------


def test_execution_is_done_only_when_the_erp_has_posted_every_movement(scene: Scene) -> None:
    erp, lot = scene.plant.erp, LOT
    before = scene.stock("STO"), scene.stock("QUA")
    page = scene.at("engineer")
    assert status(page).inner_text() == "Dispositioned"
    integration = scene.at("integration", "/interfaces/tryton/pause")
    integration.fill("#id_reason", "The ERP is being updated.")
    submit(integration)
    integration.wait_for_url("**/interfaces/tryton/")
    confirm(page, "Execute")
    expect(status(page)).to_have_text("In execution")
    assert page.locator("#execution .q-posting-done", has_text="Posted").count() == 0
    assert page.locator("#record-next").inner_text().strip() or page.locator("#record-live").count()
    integration = scene.at("integration", "/interfaces/tryton/resume")
    integration.fill("#id_reason", "The update is done.")
    submit(integration)
    documents = posted(page, "execution", lines=2)
    page = scene.at("engineer")
    expect(status(page)).to_have_text("In execution")  # scrap is not done before it is marked
    take(page, "Record the marking of scrap")
    page.fill("#id_evidence", "Bores slotted, painted red, scrap cage 2.")
    submit(page)
    page.wait_for_url(RECORD)
    expect(status(page)).to_have_text("Verification", timeout=RELAYED)
    assert len(set(documents)) == 2
    assert (scene.stock("STO"), scene.stock("QUA")) == (before[0] + 6, before[1] - 10)
    assert erp.stock(erp.id("stock.lot", number=lot), "SCRAP") == 4
    numbers = {row["number"] for n in (2, 3) for row in scene.documents(f"{scene.number.replace('-', '')}-0{n}")}
    assert numbers == set(documents)
    scene.screen("engineer").check()


def test_only_somebody_who_neither_reported_nor_decided_may_verify_and_close(scene: Scene) -> None:
    page = scene.at("engineer")
    assert "you may not verify" in page.locator("#record-next").inner_text()
    page = scene.at("inspector")
    take(page, "Verify and close")
    submit(page)
    sign(page, "inspector", scene.plant.users["inspector"])
    page.wait_for_url(f"**/ncr/{scene.number}")
    expect(status(page)).to_have_text("Closed")
    assert page.locator(".q-record-acts a.btn-primary").count() == 0
    told = page.locator("#record-events").inner_text()
    for word in ("Reported", "Hold", "posted", "Sent to the MRB", "Milan Roth", "Mei Lin", "Dario Conti", "Ines Falk"):
        assert word in told, word
    scene.screen("inspector").check()


# --- a refusal of the ERP -----------------------------------------------------------------------------------------------


def test_a_refused_hold_is_red_with_the_reason_and_retry_works_once_the_cause_is_mended(scene: Scene) -> None:
    """More is reported than the lot holds: the ERP refuses, a person puts the stock right there, then retries."""
    lot, erp = "LOT-BR-01", scene.plant.erp
    number = scene.report(lot=lot, quantity=25)
    page = scene.at("engineer")
    hold(page)
    expect(page.locator("#containment .q-chip", has_text="Failed")).to_be_visible(timeout=RELAYED)
    expect(page.locator("#containment")).to_contain_text("less free stock")
    expect(status(page)).to_have_text("Open")
    reference = number.replace("-", "") + "-01"
    page = scene.at("integration", "/interfaces/")
    expect(page.locator("section", has=page.locator("#interface-tryton")).locator("a.q-bad")).to_be_visible()
    page = scene.at("integration", "/interfaces/tryton/?tab=deliveries")
    row = page.locator("tr", has_text=reference)
    expect(row).to_contain_text("less free stock")
    scene.screen("integration").check()
    line = {"product": erp.id("product.product", code=ITEM), "lot": erp.id("stock.lot", number=lot), "quantity": 40.0}
    place = erp.id("stock.location", code="STO")
    count = erp.manage.create("stock.inventory", location=place, empty_quantity="keep", lines=[["create", [line]]])
    erp.manage.press("stock.inventory", "confirm", [count])
    row.get_by_role("button", name="Retry").click()
    page.wait_for_url(f"**/interfaces/postings/{reference}")
    (document,) = posted(scene.at("engineer"), "containment")
    assert scene.stock("QUA", lot) == 25
    assert [d["number"] for d in scene.documents(reference) if d["state"] == "done"] == [document]
