"""Answers out, as people see them: an instruction asked, fetched and confirmed; a webhook that cannot reach its receiver; the log.

The daemons of `make run`, a real browser. The receiver stands on this machine, which is not on the list of targets: the
relay really tries, is really refused, and the pages say why.
"""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Product, until
from .harness import Browser

pytestmark = pytest.mark.browser
LOOKS = ((1440, "light", "en"), (1180, "dark", "zh-hans"), (390, "light", "zh-hans"), (390, "dark", "en"))
TEXT = (
    "Measure the wall thickness of every part of this lot before it leaves the cell; keep what is below 1.9 mm apart."
)
SCENE = """
from connectors.models import Webhook, WebhookDelivery
from connectors.outbox import subscriptions
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import User
hook, _secret = subscriptions.subscribe(name="MES South", url="http://127.0.0.1:9/events", sites=["AUG"],
    types=["qms.ncr.instructed.v1", "qms.command.requested.v1"], by=journal.SYSTEM, paused=True)
subscriptions.resume(webhook=hook, by=User.objects.get(username="integration"), reason="The receiver was announced.")
print(Nonconformance.objects.filter(state="OPEN", lot_number="LOT-26-0101").latest("pk").number)
"""
LOG = """
from connectors.models import WebhookDelivery
rows = WebhookDelivery.objects.filter(webhook__name="MES South").exclude(problem="")
print(rows.first().uid if rows else "")
"""
COMMAND = """
from qms.commands.models import Command
print(Command.objects.filter(text__startswith="Measure the wall").latest("pk").uid)
"""


@dataclass
class Scene:
    product: Product
    number: str


def said(product: Product, script: str) -> str:
    answer = product.manage("shell", "-c", script)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip().splitlines()[-1] if answer.stdout.strip() else ""


def mes(product: Product, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {product.demo['tokens']['mes']}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(f"{product.url}/api/v1/{path}", data, headers), timeout=30) as a:
        return json.load(a)


@pytest.fixture(scope="module")
def scene(product: Product) -> Iterator[Scene]:
    yield Scene(product, said(product, SCENE))


def test_an_instruction_is_asked_fetched_and_confirmed(scene: Scene, browser: Browser):
    screen = scene.product.sign_in(browser, "engineer")
    page = screen.open(f"/r/{scene.number}").settle().page
    page.locator("#containment").get_by_role("link", name="Instruct the shop floor").click()
    page.wait_for_url("**/instruct")
    screen.settle().check().shot("outgoing-instruct-form")
    page.fill("#id_text", TEXT)
    page.get_by_label("MES Augsburg").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Send to the shop floor").click()
    expect(page.locator("#containment")).to_contain_text("0 of 1 confirmed")
    screen.settle().check().shot("outgoing-asked")

    def mine() -> Any:
        return [c for c in mes(scene.product, "mes/commands?limit=500")["results"] if c["text"] == TEXT]

    [asked] = until(mine, 60, "the sealer has sealed what was asked")
    assert (asked["status"], asked["record"], asked["confirmed_by"]) == ("delivered", scene.number, "acknowledged")
    told = mes(scene.product, f"mes/commands/{asked['id']}/acks", {"state": "acknowledged", "by": "OP-114"})
    assert told["status"] == "acknowledged"
    page.reload()
    expect(page.locator("#containment")).to_contain_text("1 of 1 confirmed")
    page.locator("#containment").get_by_role("link", name="mes-aug").first.click()
    page.wait_for_url("**/holds/commands/*")
    expect(page.locator("main")).to_contain_text("OP-114")


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_the_pages_hold_in_every_look(scene: Scene, browser: Browser, width: int, theme: str, language: str):
    failing = until(lambda: said(scene.product, LOG), 90, "the relay has tried and was refused")
    command = said(scene.product, COMMAND)
    look = {"width": width, "theme": theme, "language": language}
    pages = {
        "engineer": {
            "record": f"/r/{scene.number}", "instruct": f"/ncr/{scene.number}/instruct",
            "command": f"/holds/commands/{command}", "commands": "/holds/commands/",
            "cancel": f"/holds/commands/{command}/request-cancel",
        },
        "integration": {
            "monitor": "/interfaces/", "settings": "/interfaces/mes-aug/configure", "webhooks": "/interfaces/webhooks/",
            "log": "/interfaces/webhooks/log/?failing=1", "delivery": f"/interfaces/webhooks/sent/{failing}",
            "give-up": f"/interfaces/webhooks/sent/{failing}/give-up", "new": "/interfaces/webhooks/new",
        },
    }  # fmt: skip
    for who, places in pages.items():
        screen = scene.product.sign_in(browser, who, **look)
        for name, path in places.items():
            screen.open(path).settle().check().shot(f"outgoing-{name}-{width}-{theme}-{language}")
        if who == "integration":
            page = screen.open("/interfaces/webhooks/").settle().page
            page.get_by_role("link", name="MES South").first.click()
            page.wait_for_url("**/interfaces/webhooks/*-*/")
            screen.settle().check().shot(f"outgoing-webhook-{width}-{theme}-{language}")
            screen.open(f"{page.url.removeprefix(scene.product.url)}replay").settle().check().shot(
                f"outgoing-replay-{width}-{theme}-{language}"
            )


def test_what_fails_says_why_and_is_given_up_from_the_log(scene: Scene, browser: Browser):
    screen = scene.product.sign_in(browser, "integration")
    page = screen.open("/interfaces/webhooks/log/?failing=1").settle().page
    expect(page.locator("main table")).to_contain_text("not on the list of allowed targets")
    page.locator("[data-bulk-key]").first.check()
    page.select_option("#q-bulk-act", "give-up")
    page.click("#q-bulk button")
    page.wait_for_selector("#act-form")
    page.fill("#id_reason", "The receiver will never be on this host.")
    screen.settle().check().shot("outgoing-bulk")
    page.click("#act-form .btn-primary")
    page.wait_for_selector(".alert-success")
    page = screen.open("/interfaces/webhooks/log/?state=DROPPED").settle().page
    expect(page.locator("main table")).to_contain_text("Given up")
