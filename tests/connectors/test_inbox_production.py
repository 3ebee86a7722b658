"""Operations and movements from the MES: kept, told, and held against what is on hold at that very time."""

import uuid
from datetime import timedelta

import pytest

from connectors.models import Cause, InboxMessage
from ncr.models import Hold, ProductionEvent
from qms.journal import queries as trail
from qms.journal import subscribe
from qms.journal.events import SUBSCRIBERS
from qms.journal.models import Entry
from qms.lib import canonical
from tests.connectors.mes import mes, mes_interface
from tests.connectors.test_batch import told

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def production(kind="operation.completed", time="2026-05-04T08:15:00+02:00", **data):
    return {
        "specversion": "1.0", "id": str(uuid.uuid4()), "source": "mes-aug", "type": f"mes.{kind}", "time": time,
        "data": data,
    }  # fmt: skip


def at(moment):
    return canonical.instant(moment)


@pytest.fixture
def held(make):
    """An active hold on a lot in Augsburg."""
    hold = make.hold(make.report())
    return Hold.objects.get(pk=hold.pk)


def test_it_is_kept_as_it_was_said(mes):
    sent = production(
        "material.moved", lot="L-1", order="WO-1", part="P-1", serials=["S1", "S2"], operation="OP-10", work_center="M-1",
        quantity={"affected": "2.5", "unit": "kg"}, **{"from": "A", "to": "B"},
    )  # fmt: skip
    answer = mes.post(sent)
    assert answer.status_code == 201 and answer.json()["record"] is None, answer.content
    row = ProductionEvent.objects.get()
    assert (row.kind, row.lot_number, row.order_number, row.serials, str(row.quantity)) == (
        "moved", "L-1", "WO-1", ["S1", "S2"], "2.500000",
    )  # fmt: skip
    assert (row.from_place, row.to_place, row.source, row.source_event) == ("A", "B", "mes-aug", sent["id"])
    assert row.occurred_at.isoformat() == "2026-05-04T06:15:00+00:00" and row.site.code == "AUG"
    entry = Entry.objects.get(event="mes.production_reported")
    for word in ("AUG", "L-1", "WO-1", sent["id"], "mes-aug", "2026-05-04T06:15:00"):
        assert word in entry.payload
    assert InboxMessage.objects.get().state == "APPLIED"
    assert mes.post(sent).json()["status"] == "duplicate" and ProductionEvent.objects.count() == 1


@pytest.mark.parametrize("kind", ["operation.started", "operation.completed", "material.moved"])
def test_each_kind_alone_and_in_a_batch(mes, kind):
    answers = told(mes, [production(kind, order="WO-1") for _ in range(3)])
    assert {a["status"] for a in answers} == {"created"} and ProductionEvent.objects.count() == 3


def test_others_may_listen(mes, monkeypatch):
    monkeypatch.setitem(SUBSCRIBERS, "mes.production_reported", [])
    heard = []
    subscribe("mes.production_reported")(lambda news: heard.append(news.payload))
    mes.post(production(lot="L-1"))
    assert (heard[0].lot, heard[0].site, heard[0].kind) == ("L-1", "AUG", "completed")


def test_production_on_a_held_lot(mes, held):
    after = at(held.active_at + timedelta(seconds=1))
    answer = mes.post(production(lot=held.lot_number, time=after))
    assert held.number in answer.json()["notes"][-1]
    line = trail.timeline(held)[0]
    assert line.event == "hold.breach_suspected" and held.number in line.sentence and held.lot_number in line.sentence
    assert any(item.event == "hold.breach_suspected" for item in trail.timeline(held.ncr))
    assert (Cause.objects.get().kind, Cause.objects.get().name) == ("breach", held.number)


@pytest.mark.parametrize(
    ("kind", "seconds", "data"),
    [("operation.completed", -60, {}), ("operation.started", 60, {}), ("operation.completed", 60, {"part": "OTHER"})],
)
def test_what_is_no_breach(mes, held, kind, seconds, data):
    """Before the hold (told late), a start alone, or another part's lot of the same number."""
    moment = at(held.active_at + timedelta(seconds=seconds))
    assert mes.post(production(kind, lot=held.lot_number, time=moment, **data)).status_code == 201
    assert not Entry.objects.filter(event="hold.breach_suspected").exists() and not Cause.objects.exists()


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "/data/lot"),
        ({"lot": "L", "quantity": {"affected": -1}}, "/data/quantity/affected"),
        ({"lot": "L", "occurred_at": "now"}, "/data/occurred_at"),
        ({"lot": 5}, "/data/lot"),
    ],
)
def test_bad_production_events_are_refused_with_a_pointer(mes, data, pointer):
    answer = mes.post(production(**data))
    assert answer.status_code == 422 and [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert not ProductionEvent.objects.exists()


def test_a_foreign_site(mes):
    assert mes.post(production(lot="L", site="SUZ")).status_code == 403 and not ProductionEvent.objects.exists()
