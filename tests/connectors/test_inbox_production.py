"""Operations and movements from the MES: kept, told, and held against what is on hold at that very time."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors import inbox
from connectors.models import Cause, InboxMessage
from ncr import actions as ncr_actions
from ncr.models import Hold, ProductionEvent
from qms.accounts.models import Site
from qms.journal import queries as trail
from qms.journal import subscribe
from qms.journal.events import SUBSCRIBERS
from qms.journal.models import Entry
from qms.lib import canonical
from qms.masterdata.actions import map_value
from qms.masterdata.models import Lot, Serial
from tests.connectors.mes import mes, mes_interface
from tests.connectors.test_batch import told
from tests.factories import person

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


@pytest.mark.parametrize("kind", ["operation.started", "operation.completed", "setup.completed", "material.moved"])
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
    [
        ("operation.completed", -60, {}),
        ("operation.started", 60, {}),
        ("setup.completed", 60, {}),
        ("operation.completed", 60, {"part": "OTHER"}),
    ],
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


def test_a_lot_of_another_site_waits_for_a_person(mes):
    """Neither taken nor judged by the holds of a site that the lot is not at."""
    lots = Lot.objects.filter(number="LOT-26-0001")
    lots.update(site=Site.objects.get(code="SUZ"))
    answer = mes.post(production(lot="LOT-26-0001"))
    assert (answer.status_code, answer.json()["status"]) == (202, "needs_mapping")
    assert "another site" in answer.json()["problem"] and not ProductionEvent.objects.exists()
    assert (Cause.objects.get().kind, Cause.objects.get().why) == ("lot", "elsewhere")
    assert mes.post(production(lot="L-OF-THE-MES")).status_code == 201, (
        "a number that the ERP does not know is the MES's"
    )
    lots.update(site=Site.objects.get(code="AUG"))
    assert inbox.retry_waiting() == 1 and not Cause.objects.exists()


# --- single pieces ----------------------------------------------------------------------------------------------------


def serial(lot, number):
    return Serial.objects.create(
        source="erp", external_id=number, number=number, lot=lot, item=lot.item, content="{}", content_hash=""
    )


@pytest.fixture
def pieces(make):
    """An active hold on two named pieces of a lot."""
    ncr = make.report(quantity="2")
    ncr_actions.edit(
        cause="INFO", ncr=ncr, by=person("engineer"), reason="read from the parts", serials=["SN-1", "SN-2"]
    )
    return Hold.objects.get(pk=make.hold(ncr).pk)


def suspected(mes, hold, **data):
    after = at(hold.active_at + timedelta(seconds=1))
    assert mes.post(production(time=after, **data)).status_code == 201
    found = Cause.objects.filter(kind="breach", name=hold.number).count()
    Cause.objects.all().delete()
    return found


def test_a_piece_of_a_held_lot_is_held(mes, held):
    serial(held.lot, "SN-7")
    serial(Lot.objects.exclude(pk=held.lot_id)[0], "SN-8")
    assert suspected(mes, held, serials=["SN-7"]) == 1
    assert suspected(mes, held, serials=["X", "SN-7"], part=held.ncr.part_number) == 1
    assert suspected(mes, held, serials=["SN-8"]) == suspected(mes, held, serials=["SN-9"]) == 0
    assert suspected(mes, held, serials=["SN-7"], part="OTHER") == 0
    Serial.objects.filter(number="SN-7").update(gone_at=held.active_at)
    assert suspected(mes, held, serials=["SN-7"]) == 0, "the ERP knows it no more"


def test_a_hold_on_named_pieces_holds_these_and_no_others(mes, pieces):
    serial(pieces.lot, "SN-3")
    assert suspected(mes, pieces, serials=["SN-2"]) == 1
    assert suspected(mes, pieces, serials=["SN-3"]) == 0, "the same lot, but not one of the two"
    assert suspected(mes, pieces, serials=["SN-3"], lot=pieces.lot_number) == 0
    assert suspected(mes, pieces, lot=pieces.lot_number) == 1, "which pieces of the lot is not said"
    more = make_wider(pieces)
    assert suspected(mes, more, serials=["SN-3"]) == 1


def make_wider(hold):
    """A second hold, of more of the lot than the NCR names."""
    ncr = hold.ncr
    made = ncr_actions.request_hold(ncr=ncr, by=person("engineer"), reason="hold the whole lot", quantity=Decimal(9))
    from tests.factories import Factory

    Factory().post(ncr)
    return Hold.objects.get(pk=made.pk)


def test_the_mess_name_of_the_part_counts_too(mes, held):
    text = {"source": "mes-aug", "kind": "item", "foreign_value": "4711-X", "reason": "the same drawing"}
    map_value(**text, local_value=held.ncr.part_number, by=person("engineer"))
    assert suspected(mes, held, lot=held.lot_number, part="4711-X") == 1


def test_holds_are_found_by_a_piece(client, mes, pieces, held):
    serial(held.lot, "SN-7")
    client.force_login(person("engineer"))

    def asked(piece):
        return client.get("/api/v1/holds", {"serial": piece}).json()["results"]

    assert [row["number"] for row in asked("SN-1")] == [pieces.number]
    assert [row["number"] for row in asked("SN-7")] == [held.number]
    assert asked("SN-NEVER") == []


def test_a_batch_is_one_act_of_each_kind_and_breaches_are_told_of_each(mes, held):
    """Its own lines in the trail, its own answers; what belongs elsewhere is left out and waits."""
    Lot.objects.filter(number=held.lot_number).exclude(pk=held.lot_id).delete()
    other = Lot.objects.exclude(number=held.lot_number).filter(site__code="AUG").first()
    Lot.objects.filter(number=other.number).update(site=Site.objects.get(code="SUZ"))
    after = at(held.active_at + timedelta(minutes=1))
    sent = [production(lot=held.lot_number, time=after) for _ in range(3)]
    sent += [production("operation.started", order="WO-1") for _ in range(3)] + [production(lot=other.number)]
    answers = told(mes, [*sent, sent[0]])
    assert [a["status"] for a in answers] == ["created"] * 6 + ["needs_mapping", "duplicate"], answers
    acts = Entry.objects.filter(event="mes.production_reported").values_list("act_id", flat=True)
    assert len(acts) == 6 and len(set(acts)) == 2, "three completed in one act, three started in another"
    assert Cause.objects.filter(kind="breach", name=held.number).count() == 3
    assert sum("on hold" in str(a.get("notes", "")) for a in answers) >= 3
