"""The interface page as its owner sees it: one interface paused, one silent, one failing; the banner on a record; the
search; dead letters. The daemons of `make run`, a real browser, a failing ERP that is really not there."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Product
from .harness import Browser, Screen

pytestmark = pytest.mark.browser
LOT = "LOT-26-0001"
LOOKS = ((1440, "light", "en"), (1440, "dark", "zh-hans"), (1180, "light", "zh-hans"), (390, "dark", "en"))
# An ERP behind a closed port, read once; another that pushed two hours ago and never since.
SCENE = """
import datetime as dt
from connectors import actions, sync
from connectors.models import InterfaceState
from qms import journal
from qms.accounts.models import Site, User
from qms.lib.clock import now
site, owner = Site.objects.get(code="AUG"), User.objects.get(username="integration")
told = {"database": "south", "user": "qms"}
common = {"kind": "erp", "settings": told, "site": site, "mode": "live", "owner": owner, "by": journal.SYSTEM}
failing, _ = actions.connect(code="erp-south", name="ERP South", adapter="tryton", base_url="http://127.0.0.1:9/db",
    secrets={"password": "none"}, purpose="Master data, lots and postings of the south hall.", **common)
silent, _ = actions.connect(code="erp-north", name="ERP North", adapter="push", base_url="", secrets={},
    purpose="Suppliers and receipts, pushed by the middleware.", **common)
InterfaceState.objects.filter(pk=silent.pk).update(succeeded_at=now() - dt.timedelta(hours=2))
InterfaceState.objects.filter(pk=failing.pk).update(succeeded_at=now() - dt.timedelta(minutes=5))
sync.sync(interface=failing)
actions.watch()
"""


@dataclass
class Scene:
    product: Product
    number: str
    event: str


def defect() -> dict[str, Any]:
    data = {"nc_code": "DIM-OUT", "part": "RM-TI64-B25", "lot": LOT, "quantity": {"affected": 2, "unit": "m"}}
    return {
        "specversion": "1.0",
        "id": f"browser-{uuid.uuid4()}",
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": "2026-05-04T08:15:00+02:00",
        "data": data,
    }


@pytest.fixture(scope="module")
def scene(product: Product, browser: Browser) -> Iterator[Scene]:
    sent = defect()
    answer = product.call("mes/events", sent)
    assert answer.status == 201, answer
    made = product.manage("shell", "-c", SCENE)
    assert made.returncode == 0, made.stderr
    owner = product.sign_in(browser, "integration")
    switch(owner, "pause", "The MES is upgraded to release 12 this morning.")
    yield Scene(product, answer.body["record"], sent["id"])
    switch(owner, "resume", "The upgrade of the MES is done.")


def switch(screen: Screen, act: str, reason: str) -> None:
    page = screen.open(f"/interfaces/mes-aug/{act}").settle().page
    page.fill("#id_reason", reason)
    with page.expect_navigation():
        page.locator("main form button.btn-primary").click()


def card(screen: Screen, name: str) -> Any:
    return screen.page.locator("section.q-card").filter(has=screen.page.get_by_role("link", name=name, exact=True))


def test_one_paused_one_silent_one_failing_and_none_of_them_green(scene: Scene, browser: Browser):
    screen = scene.product.sign_in(browser, "integration")
    screen.open("/interfaces/").settle().check().shot("interfaces")
    expect(card(screen, "MES Augsburg").locator(".q-chip").first).to_have_text("Paused")
    silent, failing = card(screen, "ERP North"), card(screen, "ERP South")
    expect(silent.locator(".q-chip").first).to_contain_text(re.compile(r"Unknown: no message since \d{4}-\d\d-\d\d"))
    expect(failing.locator(".q-chip").first).to_have_text("Degraded")
    expect(failing).to_contain_text("127.0.0.1")
    for each in (silent, failing):
        expect(each.locator(".q-chip svg").first).to_be_visible()
        expect(each.locator(".q-chip-success")).to_have_count(0)
    expect(silent).to_contain_text("Ivo Hartmann")
    expect(screen.page.locator("q-since")).to_contain_text("s ago")


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_every_look_of_the_page(scene: Scene, browser: Browser, width: int, theme: str, language: str):
    screen = scene.product.sign_in(browser, "integration", width=width, theme=theme, language=language)
    for name, path in {
        "cards": "/interfaces/",
        "one": "/interfaces/erp-south/",
        "messages": "/interfaces/mes-aug/?tab=messages",
        "record": f"/r/{scene.number}",
    }.items():
        screen.open(path).settle().check().shot(f"interfaces-{name}-{width}-{theme}-{language}")
    screen.page.context.close()


@pytest.mark.parametrize("tab", ["letters", "mapping", "outages", "inbox", "history"])
def test_every_tab(scene: Scene, browser: Browser, tab: str):
    screen = scene.product.sign_in(browser, "integration", width=1180)
    screen.open(f"/interfaces/mes-aug/?tab={tab}").settle().check().shot(f"interfaces-tab-{tab}")
    screen.page.context.close()


@pytest.mark.parametrize("act", ["mode", "configure"])
def test_every_act(scene: Scene, browser: Browser, act: str):
    screen = scene.product.sign_in(browser, "integration", width=390)
    screen.open(f"/interfaces/mes-aug/{act}").settle().check().shot(f"interfaces-act-{act}")
    screen.page.context.close()


def test_the_record_says_that_its_mes_is_paused(scene: Scene, browser: Browser):
    screen = scene.product.sign_in(browser, "engineer")
    page = screen.open(f"/r/{scene.number}").settle().page
    expect(page.locator(".q-banner").filter(has_text="MES Augsburg paused")).to_be_visible()
    page.locator(".q-banner").filter(has_text="MES Augsburg").get_by_role("link").click()
    page.wait_for_url("**/interfaces/mes-aug/")


@pytest.mark.parametrize("what", ["lot", "record", "event"])
def test_a_message_is_found_and_explains_itself(scene: Scene, browser: Browser, what: str):
    screen = scene.product.sign_in(browser, "integration")
    page = screen.open("/interfaces/").settle().page
    page.fill("#find-q", {"lot": LOT, "record": scene.number, "event": scene.event}[what])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("main table").get_by_role("link", name=scene.number).first.click()
    page.wait_for_url("**/interfaces/messages/*")
    screen.settle().check().shot(f"interfaces-message-{what}")
    expect(page.get_by_role("heading", name="How it was understood")).to_be_visible()
    expect(page.locator("main")).to_contain_text("/data/quantity/affected")


def test_a_push_shows_as_a_run_of_its_interface(scene: Scene, browser: Browser):
    body = [{"external_id": "browser-u", "changed_at": "2026-05-04T08:15:00Z", "number": "pal", "name": "Pallet"}]
    answer = scene.product.call("erp/units/batch", body, token="erp")
    assert answer.status == 415, "the helper of the tests sends events"
    told = scene.product.manage("shell", "-c", PUSH % json.dumps(json.dumps(body)))
    assert told.returncode == 0, told.stderr
    screen = scene.product.sign_in(browser, "integration")
    page = screen.open("/interfaces/tryton/").settle().page
    expect(page.locator("main table")).to_contain_text("Pushed")
    screen.check().shot("interfaces-pushed")


PUSH = """
import json, os, urllib.request
from pathlib import Path
told = json.loads((Path(os.environ["QMS_VAR"]) / "demo.json").read_text())
headers = {"Authorization": "Bearer " + told["tokens"]["erp"], "Content-Type": "application/json"}
url = "http://127.0.0.1:" + os.environ["QMS_PORT"] + "/api/v1/erp/units/batch"
with urllib.request.urlopen(urllib.request.Request(url, %s.encode(), headers), timeout=30) as answer:
    [result] = json.load(answer)["results"]
assert result["status"] in ("created", "unchanged"), result
"""
