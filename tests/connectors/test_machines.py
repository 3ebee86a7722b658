"""Tests of pieces and alerts of machines: kept, shown where they matter, and never a nonconformance by themselves."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from inspection import queries
from inspection.models import EquipmentAlert, Measurement, MeasurementBatch, ProductTest
from ncr.models import Nonconformance
from qms.journal import subscribe
from qms.journal.events import SUBSCRIBERS
from qms.journal.models import Entry
from tests.connectors.mes import mes, mes_interface
from tests.connectors.test_batch import told
from tests.connectors.test_measurements import body, event, post
from tests.factories import person

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
PLACE = {"equipment": "CNC-01-SPINDLE", "work_center": "WC-CNC-01", "code": "E-17", "text": "Spindle temperature"}


def piece(verdict="failed", **data):
    given = {"part": "TB-4711", "serial": "SN-1", "program": "EOL-7", "nc_codes": ["LEAK"], **data}
    return event("mes.test.completed", verdict=verdict, **given)


def alert(kind="raised", time="2026-05-04T08:15:00+02:00", **data):
    return event(f"mes.alert.{kind}", time=time, **{"alert_id": "A-1", **(PLACE if kind == "raised" else {}), **data})


@pytest.fixture
def heard(monkeypatch):
    """What a rule would be told, event by event."""
    found = []
    for name in ("measurement.recorded", "mes.test_reported", "mes.alert_raised"):
        monkeypatch.setitem(SUBSCRIBERS, name, [])
        subscribe(name)(lambda news: found.append((news.event, queries.facts_of(news.subject))))
    return found


def test_a_test_is_kept_with_its_values(mes):
    values = [
        {"characteristic": "LEAK-RATE", "value": 0.7, "unit": "ml/min", "upper": 0.5},
        {"characteristic": "TORQUE", "value": "12.25", "lower": 12, "upper": 13},
        {"characteristic": "NOISE", "value": "n/a"},
    ]
    sent = piece(values=values, lot="L-1", tested_at="2026-05-04T08:14:00+02:00")
    answer = mes.post(sent)
    assert answer.status_code == 201 and answer.json()["record"] is None, answer.content
    test, batch = ProductTest.objects.get(), MeasurementBatch.objects.get()
    assert (test.verdict, test.codes, test.item.number, test.batch_id) == ("failed", ["LEAK"], "TB-4711", batch.pk)
    assert (batch.told, batch.kept, batch.rejected, batch.outside) == (3, 2, 1, 1)
    assert {row.serial for row in Measurement.objects.all()} == {"SN-1"}
    assert mes.post(sent).json()["status"] == "duplicate" and ProductTest.objects.count() == 1
    receipt = mes.get(f"receipts/mes-aug/{sent['id']}").json()
    assert receipt["measurements"]["rejected"] == 1
    assert Entry.objects.filter(event="mes.test_reported").count() == 1 and not Nonconformance.objects.exists()


def test_what_a_rule_gets_to_see(mes, heard):
    mes.post(piece(lot="L-1", order="WO-26-0001", station="EOL", severity="major"))
    mes.post(piece("passed"))
    post(mes, body([12.0, 12.5, -999], serial=["A", "B", "C"], header={"order": "WO-1", "run": "setup"}))
    mes.post(alert(severity="critical"))
    [(_t, [failed]), (_p, nothing), (_m, [outside]), (_a, [raised])] = heard
    assert (failed.kind, failed.code, failed.part, failed.serial, failed.severity) == (
        "test",
        "LEAK",
        "TB-4711",
        "SN-1",
        "major",
    )
    assert nothing == [] and failed.family and failed.station == "EOL"
    assert (outside.value, outside.upper, outside.serial, outside.run) == (
        Decimal("12.5"),
        Decimal("12.1"),
        "B",
        "setup",
    )
    assert (outside.code, outside.order, outside.source) == ("BORE", "WO-1", "mes-aug")
    assert (raised.kind, raised.code, raised.station, raised.severity) == (
        "alert",
        "E-17",
        "CNC-01-SPINDLE",
        "critical",
    )
    assert not Nonconformance.objects.exists()


def test_an_alert_lasts_until_it_is_cleared_in_whatever_order_it_is_told(mes):
    first, last = "2026-05-04T08:00:00+02:00", "2026-05-04T09:00:00+02:00"
    assert mes.post(alert("cleared", last)).status_code == 201
    assert "newer" in mes.post(alert("raised", first)).json()["notes"][-1]
    row = EquipmentAlert.objects.get()
    assert (
        row.cleared_at and row.raised_at and row.equipment == "CNC-01-SPINDLE" and not EquipmentAlert.objects.active()
    )
    mes.post(alert("raised", "2026-05-04T10:00:00+02:00", text="Spindle hot again"))
    row = EquipmentAlert.objects.active().get()
    assert row.text == "Spindle hot again" and row.code == "E-17"
    mes.post(alert("cleared", "2026-05-04T08:30:00+02:00"))
    assert EquipmentAlert.objects.active().exists()


def test_it_warns_on_the_records_of_its_place(mes, make, client):
    answer = mes.post(event("mes.defect.logged", nc_code="DIM-OUT", part="TB-4711", work_center="WC-CNC-01",
                            quantity={"affected": 1, "unit": "u"}))  # fmt: skip
    record = Nonconformance.objects.get(number=answer.json()["record"])
    assert record.work_center_id
    client.force_login(person("engineer"))
    page = reverse("ncr:detail", args=[record.number])
    assert "Spindle temperature" not in client.get(page).content.decode()
    mes.post(alert())
    assert "Equipment alert at CNC-01-SPINDLE: Spindle temperature" in client.get(page).content.decode()
    listed = client.get(reverse("inspection:alert-list"), {"active": "1"}).content.decode()
    assert "Spindle temperature" in listed and Nonconformance.objects.count() == 1
    client.force_login(person("gongcheng"))
    assert "Spindle temperature" not in client.get(reverse("inspection:alert-list")).content.decode()
    assert client.get("/api/v1/equipment-alerts").json()["results"] == []
    client.force_login(person("engineer"))
    mes.post(alert("cleared", "2026-05-04T10:00:00+02:00"))
    assert "Spindle temperature" not in client.get(page).content.decode()


def test_tests_are_listed_at_their_site(mes, client):
    mes.post(piece(values=[{"characteristic": "TORQUE", "value": 12}]))
    client.force_login(person("operator"))
    found = client.get("/api/v1/product-tests", {"serial": "SN-1", "verdict": "failed"}).json()["results"]
    assert [(row["program"], row["codes"]) for row in found] == [("EOL-7", "LEAK")]
    assert "EOL-7" in client.get(reverse("inspection:test-list")).content.decode()
    client.force_login(person("gongcheng"))
    assert "EOL-7" not in client.get(reverse("inspection:test-list")).content.decode()


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        (piece("maybe"), "/data/verdict"),
        (piece(part=""), "/data/part"),
        (piece(values=[{"value": 1}]), "/data/values/0/characteristic"),
        (piece(serials=["A", "B"]), "/data/serials"),
        (alert(equipment="", work_center=""), "/data/equipment"),
        (alert("cleared", alert_id=""), "/data/alert_id"),
        (alert(occurred_at="now"), "/data/occurred_at"),
    ],
)
def test_bad_ones_are_refused_with_a_pointer(mes, sent, pointer):
    answer = mes.post({**sent, "id": str(uuid.uuid4())})
    assert answer.status_code == 422 and pointer in [e["pointer"] for e in answer.json()["errors"]], answer.json()
    assert not ProductTest.objects.exists() and not EquipmentAlert.objects.exists()


def test_they_may_stand_in_a_batch_beside_defects(mes):
    answers = told(mes, [piece(), alert(), event("mes.measurement.recorded", part="P", characteristic="C", value=1)])
    assert [one["status"] for one in answers] == ["created"] * 3
    assert (ProductTest.objects.count(), EquipmentAlert.objects.count(), Measurement.objects.count()) == (1, 1, 1)
