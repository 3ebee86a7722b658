"""Inspections that begin by themselves: each occasion once, a faulty object alone, a shipment released by the signed decision."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from inspection import actions
from inspection.actions import occasions, triggers
from inspection.models import Inspection, InspectionOccasion
from ncr import actions as ncr
from ncr.models import ProductionKind
from qms import journal
from qms.accounts.models import Site
from qms.commands import actions as commands
from qms.insight import worklist
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Lot, ReceiptLine, Shipment, ShipmentLine
from tests.factories import person
from tests.factories.buying import synced

PROVES = ("11.10(a)", "11.10(e)", "11.10(f)")
pytestmark = pytest.mark.django_db
COUNT = itertools.count(1)


def stocked() -> Lot:
    found: Lot = Lot.objects.live().get(number="LOT-26-0101")
    return found


def planned(make: Any, **values: Any) -> Any:
    return make.lotplan(item=stocked().item.number, **{"operation": "", **values})


def line_of(kind: str, parent: str, name: str, *, quantity: str = "10", key: str = "", **more: Any) -> str:
    """Of the stocked lot, unless `more` says otherwise."""
    lot, key = stocked(), key or f"{kind}-{next(COUNT)}"
    row = {
        "external_id": key, "number": key, "changed_at": None, "item_ref": lot.item.external_id, "lot_ref": lot.external_id,
        "quantity": Decimal(quantity), "unit_ref": lot.item.unit.external_id, parent: name, **more,
    }  # fmt: skip
    synced(f"{kind}-lines", [row], source=lot.source)
    site_of(kind)
    return key


def site_of(kind: str) -> None:
    """The site of an interface, as a reading gives it."""
    model: Any = ReceiptLine if kind == "receipt" else ShipmentLine
    model.objects.filter(site=None).update(site=Site.objects.get(code="AUG"))


def received(count: int = 1, **more: Any) -> list[str]:
    name = f"rc-occ-{next(COUNT)}"
    row = {"external_id": name, "number": name.upper(), "changed_at": None, "receipt_date": now().date()}
    synced("receipts", [row], source=stocked().source)
    return [line_of("receipt", "receipt_ref", name, **more) for _ in range(count)]


def shipped(*lines: str, name: str = "") -> Shipment:
    name = name or f"cs-occ-{next(COUNT)}"
    synced("shipments", [{"external_id": name, "number": name.upper(), "changed_at": None}], source=stocked().source)
    for quantity in lines:
        line_of("shipment", "shipment_ref", name, quantity=quantity)
    found: Shipment = Shipment.objects.get(source=stocked().source, external_id=name)
    return found


def produced(kind: ProductionKind, *, quantity: str = "", order: str = "WO-OCC", minutes: int = 0, **more: Any) -> None:
    given = {"operation": "OP 20", "work_center": "MC-1", **more}
    ncr.report_production(
        by=journal.SYSTEM, production=ncr.Production(
            site_id=Site.objects.get(code="AUG").pk, kind=kind, source="mes-aug", source_event=f"e{next(COUNT)}",
            occurred_at=now() + timedelta(minutes=minutes), received_at=now(), part_number=stocked().item.number,
            order_number=order, quantity=Decimal(quantity) if quantity else None, **given,
        ),
    )  # fmt: skip


def begun(**where: Any) -> Any:
    return Inspection.objects.filter(occasion__isnull=False, **where).order_by("pk")


class TestOneFaultyObject:
    """A lot that cannot be inspected holds up no other, and is told."""

    def test_nine_of_ten_are_inspected_and_the_tenth_is_work(self, make):
        planned(make, kind="incoming")
        before = set(begun().values_list("pk", flat=True))
        received(9)
        received(1, unit_ref=litre())
        made = actions.inspect_due()
        assert len([row for row in made if row.pk not in before and row.supplier_id is None]) == 9
        waiting = InspectionOccasion.objects.waiting().get()
        assert "does not convert" in waiting.problem and waiting.tries == 1
        assert [task.url for task in worklist.of(person("engineer")).tasks].count(waiting.get_absolute_url()) == 1

    def test_an_unexpected_fault_is_told_too_and_leaves_nothing_half_made(self, make, monkeypatch, caplog):
        planned(make, kind="incoming")
        bad = received(2)[0]
        real = occasions.open_lot

        def breaks(**given: Any) -> Inspection:
            made: Inspection = real(**given)
            if given["receipt_line"].external_id == bad:
                raise ZeroDivisionError
            return made

        monkeypatch.setattr(occasions, "open_lot", breaks)
        actions.inspect_due()
        waiting = InspectionOccasion.objects.waiting().get()
        assert "ZeroDivisionError" in waiting.problem and "ZeroDivisionError" in caplog.text
        assert not Inspection.objects.filter(receipt_line__external_id=bad).exists()
        assert Entry.objects.filter(event="inspection.not_triggered").count() == 1

    def test_it_is_tried_again_by_itself_and_leaves_when_it_works(self, make):
        planned(make, kind="incoming")
        (key,) = received(1, unit_ref=litre())
        actions.inspect_due()
        waiting = InspectionOccasion.objects.waiting().get()
        assert actions.inspect_due() == [] and refreshed(waiting).tries == 1  # its time has not come
        actions.try_again(occasion=refreshed(waiting), by=person("engineer"))
        assert refreshed(waiting).tries == 2
        corrected(key)
        actions.try_again(occasion=refreshed(waiting), by=person("engineer"))
        done = refreshed(waiting)
        assert done.inspection and not done.is_waiting and done.inspection.receipt_line.external_id == key
        assert waiting.get_absolute_url() not in [task.url for task in worklist.of(person("engineer")).tasks]

    def test_it_is_closed_with_a_reason_by_who_may(self, make):
        planned(make, kind="incoming")
        received(1, unit_ref=litre())
        actions.inspect_due()
        waiting = InspectionOccasion.objects.waiting().get()
        with pytest.raises(Forbidden):
            actions.close_occasion(occasion=waiting, by=person("auditor"), reason="none of mine")
        with pytest.raises(Invalid):
            actions.close_occasion(occasion=waiting, by=person("engineer"), reason=" ")
        actions.close_occasion(occasion=waiting, by=person("engineer"), reason="goes back unopened")
        assert actions.inspect_due() == []
        with pytest.raises(Conflict):
            actions.try_again(occasion=refreshed(waiting), by=person("engineer"))


def refreshed(row: InspectionOccasion) -> InspectionOccasion:
    found: InspectionOccasion = InspectionOccasion.objects.get(pk=row.pk)
    return found


def litre() -> str:
    """A unit of another category than the part's."""
    row = {"external_id": "u-occ", "number": "l", "changed_at": None, "name": "Litre", "category": "occ-volume"}
    synced("units", [row | {"factor": Decimal(1), "rounding": Decimal("0.01"), "digits": 2}], source=stocked().source)
    return "u-occ"


def corrected(key: str) -> None:
    line = ReceiptLine.objects.get(external_id=key)
    line_of("receipt", "receipt_ref", line.receipt_ref, key=key)


class TestOccasions:
    def test_an_occasion_begins_one_inspection_whoever_asks(self, make):
        planned(make, kind="incoming")
        received()
        (first,) = actions.inspect_due()
        row = first.occasion
        due = triggers.due_of(row)
        assert due and occasions.attempt(due) is None and actions.inspect_due() == []
        with pytest.raises(IntegrityError), transaction.atomic():
            InspectionOccasion.objects.bulk_create([InspectionOccasion(
                site=row.site, key=row.key, occasion=row.occasion, kind=row.kind, source_key=1, plan=row.plan, since=now(),
                problem="x",
            )])  # fmt: skip

    def test_a_doubled_event_of_an_operation_makes_one(self, make):
        planned(make, kind="first_piece", operation="OP 20", occasions=["start"])
        for minutes in (1, 1, 5):
            produced(ProductionKind.STARTED, quantity="50", minutes=minutes)
        actions.inspect_due()
        (made,) = begun(kind="first_piece")
        assert (made.quantity, made.operation, made.origin, made.state) == (50, "OP 20", "trigger", "RELEASED")
        assert actions.inspect_due() == []

    def test_first_pieces_and_in_process_are_types_of_their_own(self, make):
        planned(make, kind="first_piece", operation="OP 20", occasions=["setup"])
        planned(make, kind="in_process", operation="OP 20", occasions=["complete"])
        produced(ProductionKind.STARTED, quantity="5", order="WO-1", minutes=1)
        produced(ProductionKind.COMPLETED, quantity="5", order="WO-1", minutes=2)
        produced(ProductionKind.STARTED, quantity="5", order="WO-1", minutes=3)  # goes on with the same job: no set-up
        produced(ProductionKind.STARTED, quantity="5", order="WO-2", minutes=4)
        actions.inspect_due()
        kinds = sorted(begun().values_list("kind", flat=True))
        assert kinds == ["first_piece", "first_piece", "in_process"]

    def test_every_hundred_pieces(self, make):
        planned(make, kind="in_process", operation="OP 20", occasions=["pieces"], every_pieces=100)
        for quantity in ("60", "39", "1", "99", "101"):
            produced(ProductionKind.COMPLETED, quantity=quantity, minutes=1)
            actions.inspect_due()
        assert [row.quantity for row in begun(kind="in_process")] == [100, 200]

    def test_what_says_no_quantity_is_told(self, make):
        planned(make, kind="in_process", operation="OP 20", occasions=["start"])
        produced(ProductionKind.STARTED, minutes=1)
        actions.inspect_due()
        assert "how many pieces" in InspectionOccasion.objects.waiting().get().problem

    def test_at_an_interval_once_for_each_turn(self, make, monkeypatch):
        plan = planned(make, kind="in_process", occasions=["recurring"], every_hours=8)
        assert actions.inspect_due() == []
        later = plan.released_at + timedelta(hours=9)
        monkeypatch.setattr(triggers, "now", lambda: later)
        assert len(actions.inspect_due()) == 1 and actions.inspect_due() == []

    def test_a_plan_says_when_in_words_that_hold(self, make):
        with pytest.raises(Invalid, match="how many pieces"):
            planned(make, kind="in_process", occasions=["pieces"])
        with pytest.raises(Invalid, match="interval"):
            planned(make, kind="in_process", occasions=["recurring"], every_hours=8, scheme="all", size=None)
        with pytest.raises(Invalid, match="no occasion"):
            planned(make, kind="in_process", occasions=["full moon"])
        silent = planned(make, kind="final")
        assert silent.begins_at == [] and "occasions" not in silent.snapshot()


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(person(name))
    return client


class TestShipment:
    """Scene D's other half: what is to leave is inspected, and the signed decision lets it go or keeps it."""

    @pytest.fixture
    def plan(self, make):
        return planned(make, kind="pre_shipment", occasions=["shipment"], stock_mode="block")

    def test_a_good_decision_releases_it_and_the_time_is_measured(self, plan, make):
        shipment = shipped("10")
        (made,) = actions.inspect_due()
        assert (made.kind, kinds(made)) == ("pre_shipment", ["SHIP_BLOCK"])
        assert made.postings().get().marks == shipment.external_id
        done = to_decision(make, made, unrestricted=10)
        assert kinds(done) == ["SHIP_BLOCK", "SHIP_RELEASE"] and done.state == "DECIDED" and done.release_hours is None
        answered(done)
        done.refresh_from_db()
        assert done.state == "POSTED" and done.decision_hours is not None and done.release_hours is not None

    def test_a_bad_decision_keeps_it_blocked(self, plan, make):
        shipped("10")
        (made,) = actions.inspect_due()
        done = to_decision(make, made, bad=1, blocked=10)
        assert kinds(done)[-1] == "SHIP_BLOCK" and "SHIP_RELEASE" not in kinds(done) and done.ncr

    def test_the_last_good_decision_of_all_its_lots_releases_it(self, plan, make):
        shipped("10", "20")
        first, second = sorted(actions.inspect_due(), key=lambda row: row.quantity)
        assert "SHIP_RELEASE" not in kinds(to_decision(make, first, unrestricted=10))
        assert kinds(to_decision(make, second, unrestricted=20))[-1] == "SHIP_RELEASE"

    def test_more_lots_afterwards_block_it_again_and_are_inspected(self, plan, make):
        shipment = shipped("10")
        (made,) = actions.inspect_due()
        to_decision(make, made, unrestricted=10)
        line_of("shipment", "shipment_ref", shipment.external_id, quantity="30")
        (more,) = actions.inspect_due()
        assert more.quantity == 30 and kinds(more) == ["SHIP_BLOCK"]
        assert kinds(to_decision(make, more, unrestricted=30))[-1] == "SHIP_RELEASE"

    def test_another_quantity_is_another_inspection_and_the_old_one_says_so(self, plan, make):
        shipment = shipped()
        key = line_of("shipment", "shipment_ref", shipment.external_id, quantity="10")
        (old,) = actions.inspect_due()
        line_of("shipment", "shipment_ref", shipment.external_id, quantity="12", key=key)
        (new,) = actions.inspect_due()
        assert new.quantity == 12 and old.is_outdated and not new.is_outdated
        page = signed_in("engineer").get(old.get_absolute_url()).content.decode()
        assert "The shipment was changed since" in page
        assert "SHIP_RELEASE" not in kinds(to_decision(make, old, unrestricted=10))
        assert kinds(to_decision(make, new, unrestricted=12))[-1] == "SHIP_RELEASE"


def kinds(row: Inspection) -> list[str]:
    return [posting.kind for posting in row.postings()]


def to_decision(make: Any, made: Inspection, *, bad: int = 0, **parts: Any) -> Inspection:
    done = actions.complete(inspection=make.read(made, bad=bad), by=person("inspector"))
    decided: Inspection = make.usage(done, code="DIM-OUT" if bad else "", **parts)
    return decided


def answered(row: Inspection) -> None:
    for posting in row.postings().unfinished():
        commands.mark_sent(posting=posting)
        commands.mark_posted(posting=posting, document_number="CS", document_id="1", read_back="{}")


class TestScreens:
    def test_what_waits_is_listed_and_closed_on_its_page(self, make):
        planned(make, kind="incoming")
        received(1, unit_ref=litre())
        actions.inspect_due()
        row, client = InspectionOccasion.objects.waiting().get(), signed_in("engineer")
        listed = client.get(reverse("inspection:occasion-list"), {"waiting": "1"}).content.decode()
        assert row.subject in listed and "does not convert" in listed
        assert "does not convert" in client.get(row.get_absolute_url()).content.decode()
        client.post(reverse("inspection:occasion-close", args=[row.uid]), {"reason": "sent back"})
        assert refreshed(row).reason == "sent back"
