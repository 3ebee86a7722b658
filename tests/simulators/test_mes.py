"""The MES simulator before the product: each fault from both sides, and scene B as far as holds reach."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import actions, outbox, sync
from connectors.models import Delivery, Interface, Quarantined
from connectors.simulators.page import texts
from inspection.models import Measurement
from ncr import actions as ncr
from ncr.models import Hold, Nonconformance, ProductionEvent
from qms import journal
from qms.accounts.models import Site, User
from qms.commands.models import Command, Posting
from qms.demo import cast, simulators
from tests.connectors.receivers import at_once, relay, seal, subscribed
from tests.databases import copied
from tests.factories import person
from tests.simulators.running import KEY, Panel, simulator, until, web

PROVES = ("G9", "G19")
SECRET = "whsec_c2ltdWxhdG9yLXNlY3JldC0wMDAwMDAwMDAwMDA="


@pytest.fixture(scope="module")
def hall(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any, erp: Panel) -> Iterator[SimpleNamespace]:
    """Product, ERP and MES, connected as in the demo, but that holds are asked of the MES too."""
    from django.conf import settings

    var, before = tmp_path_factory.mktemp("hall"), settings.VAR
    (var / "simulators").mkdir()
    (var / "simulators" / "key").write_text(KEY)
    with (
        django_db_blocker.unblock(),
        copied("hall"),
        web() as url,
        simulator("mes", "--demo", str(var / "demo.json")) as mes,
    ):
        settings.VAR = var
        actions.connect(
            code="mes-aug", name="MES", kind="mes", adapter="cloudevents", base_url="", settings={"takes_commands": ["hold"]},
            secrets={}, site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("QMS_SIMULATOR_URLS", json.dumps({"erp": erp.url, "mes": mes.url}))
            simulators.ensure(owner=User.objects.get(username="integration"))
        sync.sync(interface=Interface.objects.get(code="erp-sim"), full=True)
        told = {"base_url": url, "tokens": cast.issue_tokens(), "webhook_secret": SECRET}
        (var / "demo.json").write_text(json.dumps(told))
        yield SimpleNamespace(mes=mes, erp=erp, url=url)
        settings.VAR = before


def settled(mes: Panel) -> list[dict[str, Any]]:
    """Everything that was to be told is answered."""
    return until(lambda: not any(m["stands"] == "waiting" for m in mes.state()["messages"]) and mes.state()["messages"])


def test_every_fault_of_sending_is_seen_from_both_sides_and_makes_one_record(hall: Any) -> None:
    hall.mes.fault("", side="sends", seconds=0.2)
    names = (
        "drop_before",
        "drop_after",
        "delay",
        "duplicate",
        "slow_body",
        "half_open",
        "wrong_shape",
        "reorder",
        "silence",
    )
    for number, fault in enumerate(names, start=1):
        before = Nonconformance.objects.count()
        if fault == "reorder":
            hall.mes.act("silent")
            hall.mes.act("defect", quantity="50")
        hall.mes.fault(fault, side="sends", next=1)
        hall.mes.act("defect", quantity=str(number))
        hall.mes.act("talk")
        sent = settled(hall.mes)[0]
        assert hall.mes.met(fault, "sends") >= 1 and sent["status"] in (200, 201), (fault, sent)
        assert Nonconformance.objects.count() == before + 1 + (fault == "reorder"), fault
        assert Nonconformance.objects.latest("pk").affected_quantity in (number, Decimal(50)), fault
        twice = fault in ("drop_after", "duplicate")
        assert sent["answer"].count("duplicate") == twice, (fault, sent)
    assert Quarantined.objects.count() == 2, "half a body and the wrong shape, each with its bytes"


def test_tests_measurements_and_operations_arrive(hall: Any) -> None:
    for act in ("test", "measurements", "operation"):
        hall.mes.act(act)
    assert {m["status"] for m in settled(hall.mes)[:3]} <= {200, 201, 202}
    assert Measurement.objects.count() == 26
    assert ProductionEvent.objects.filter(lot_number="VB-26-0301", kind="completed").count() == 1


def test_webhooks_are_verified_and_count_once_under_faults(hall: Any, settings: Any) -> None:
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    hook, _secret = subscribed(f"{hall.mes.url}/qms-events", types=["qms.ncr.reported.v1"])
    told = Path(settings.VAR) / "demo.json"
    told.write_text(json.dumps(json.loads(told.read_text()) | {"webhook_secret": _secret}))
    hall.mes.fault("drop_after", next=1)
    hall.mes.act("defect")
    settled(hall.mes)
    assert relay() == 0
    at_once(hook)
    assert relay() == 1
    [event] = hall.mes.state()["webhooks"]
    assert (event["type"], event["times"]) == ("qms.ncr.reported.v1", 2), "it came twice and counts once"
    told.write_text(json.dumps(json.loads(told.read_text()) | {"webhook_secret": SECRET}))
    hall.mes.act("defect")
    settled(hall.mes)
    assert relay() == 0 and len(hall.mes.state()["webhooks"]) == 1, "a signature by another secret is refused"


def test_scene_b_as_far_as_holds_reach(hall: Any) -> None:
    """The same defect three times and once out of order → one NCR; hold on operation 40; work on it is a breach."""
    before = set(Nonconformance.objects.values_list("pk", flat=True))
    hall.mes.act("thrice", lot="VB-26-0302", quantity="20", order="WO-V-0032")
    settled(hall.mes)
    [record] = Nonconformance.objects.exclude(pk__in=before)
    assert (record.affected_quantity, record.operation_name, record.lot.number) == (22, "40 Bore seat", "VB-26-0302")
    hold = ncr.request_hold(ncr=record, by=person("engineer"), reason="Contain what was bored")
    Delivery.objects.filter(state="WAITING").update(next_at="2020-01-01T00:00Z")
    while outbox.deliver_next():
        pass
    posting = Posting.objects.latest("pk")
    [document] = [row for row in hall.erp.state()["documents"] if row["reference"] == posting.reference]
    assert (posting.state, document["kind"], Decimal(document["quantity"])) == ("POSTED", "block", 22)
    assert Hold.objects.get(pk=hold.pk).state == "REQUESTED", "the shop floor has not said so yet"

    seal()
    hall.mes.act("fetch")
    command = Command.objects.latest("pk")
    assert command.state == "DELIVERED"
    for state in ("acknowledged", "executed"):
        hall.mes.act("answer", command=str(command.uid), state=state)
    command.refresh_from_db()
    assert (command.state, Hold.objects.get(pk=hold.pk).state) == ("EXECUTED", "ACTIVE")

    hall.mes.act("breach")
    settled(hall.mes)
    command.refresh_from_db()
    assert command.state == "BREACHED", "an operation was completed on what is held"


def test_the_panel_is_a_page_in_both_languages_that_no_other_page_may_press(hall: Any) -> None:
    assert all(set(told) == {"en", "zh-hans"} and all(told.values()) for told in texts().values())
    for panel in (hall.mes, hall.erp):
        for language, words in (("en", "Switch all faults off"), ("zh-hans", "关闭全部故障")):
            with urllib.request.urlopen(f"{panel.url}/?lang={language}") as page:
                shown = page.read().decode()
            assert words in shown and "fault." not in shown and "act." not in shown and "<script" not in shown
    asked = urllib.request.Request(f"{hall.mes.url}/panel/off", b"{}", {"Origin": "http://elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)
    assert refused.value.code == 403
