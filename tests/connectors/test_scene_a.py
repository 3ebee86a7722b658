"""Scene A, the inspection's half: 1,000 received on tightened inspection, two pieces fail, 700 go to stock and 300 stay blocked."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connectors import messages as m
from connectors import sync
from connectors.base import Permanent
from connectors.outbox import postings as outbox
from inspection import actions
from inspection.models import Inspection
from qms.commands import actions as commands
from qms.lib.clock import now
from tests.factories import person
from tests.fakes import erp as fake

PROVES = ("11.10(a)", "11.10(f)")
pytestmark = pytest.mark.django_db
BORE = {"balloon": "1", "name": "Bore", "lower": Decimal(12), "upper": Decimal("12.05"), "unit": "mm"}


@pytest.fixture
def plant(interface, erp_fake, make):
    """The parts of an ERP that has posted nothing yet, and a plan for what arrives."""
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("suppliers", fake.supplier("1"))
    sync.sync(interface=interface)
    number = fake.item("1").number
    make.inspectionplan(
        released=True, item=number, operation="", characteristics=[BORE], aql=Decimal("1.0"), switching="iso",
        stock_mode="quarantine",
    )  # fmt: skip
    return interface


def arrives(erp_fake, interface, key: str, quantity: str = "1000") -> Inspection | None:
    """A receipt of one lot, read from the ERP; the bell of the sweep is rung by hand."""
    line = m.ReceiptLine(
        external_id=f"R{key}-1", item_id="1", lot_id=key, quantity=Decimal(quantity), unit_id="1", state="done"
    )
    erp_fake.put("lots", fake.lot(key, "1"))
    erp_fake.put(
        "receipts",
        m.ReceiptRecord(
            external_id=f"R{key}", number=f"GR-{key}", changed_at=fake.at(int(key)), supplier_id="1", state="done",
            received_date=now().date(), lines=(line,),
        ),
    )  # fmt: skip
    sync.sync(interface=interface)
    actions.inspect_due()
    found: Inspection | None = Inspection.objects.filter(receipt_line__external_id=f"R{key}-1").first()
    return found


def carried() -> None:
    while outbox.deliver_next():
        pass


def judged(make, lot: Inspection, *, bad: int) -> Inspection:
    carried()
    return actions.complete(inspection=make.read(lot, bad=bad), by=person("inspector"))


def refused(make, lot: Inspection) -> Inspection:
    return make.usage(judged(make, lot, bad=3), code="DIM-OUT", blocked=1000)


def test_a_receipt_is_inspected_once(plant, erp_fake):
    lot = arrives(erp_fake, plant, "7")
    assert (lot.state, lot.origin, lot.quantity, lot.sample_size, lot.accept) == ("RELEASED", "receipt", 1000, 80, 2)
    assert lot.created_by.username == "automation" and lot.supplier_name and lot.receipt_number == "GR-7"
    assert actions.inspect_due() == [] and Inspection.objects.count() == 1
    carried()
    assert (erp_fake.posted[0].kind, str(erp_fake.posted[0].to_role)) == ("HOLD", "quarantine")


def test_what_had_arrived_before_the_plan_is_left_alone(plant, erp_fake):
    line = m.ReceiptLine(external_id="R9-1", item_id="1", lot_id=None, quantity=Decimal(5), unit_id="1", state="done")
    old = m.ReceiptRecord(
        external_id="R9",
        number="GR-9",
        changed_at=fake.at(9),
        supplier_id="1",
        state="done",
        received_date=None,
        lines=(line,),
    )
    yesterday = replace(old, received_date=now().date().replace(year=2020))
    erp_fake.put("receipts", yesterday)
    sync.sync(interface=plant)
    assert actions.inspect_due() == []


def test_two_fail_on_tightened_and_seven_hundred_go_to_stock(plant, erp_fake, make):
    for key in ("1", "2"):
        refused(make, arrives(erp_fake, plant, key))
    lot = arrives(erp_fake, plant, "3")
    assert (lot.severity, lot.sample_size, lot.accept, lot.reject) == ("tightened", 80, 1, 2)

    lot = judged(make, lot, bad=2)
    assert (lot.verdict, lot.found) == ("rejected", 2)
    erp_fake.posted.clear()
    lot = make.usage(lot, note="sorted 100 %, 700 found good", code="DIM-OUT", unrestricted=700, blocked=300)
    assert lot.state == "DECIDED" and lot.ncr.affected_quantity == 300
    assert lot.ncr.holds.get().state == "ACTIVE" and lot.ncr.origin == "receiving"

    carried()
    lot.refresh_from_db()
    release = lot.postings().get(kind="RELEASE")
    assert [(i.kind, i.quantity, str(i.from_role), str(i.to_role)) for i in erp_fake.posted] == [
        ("RELEASE", 700, "quarantine", "storage")
    ]
    assert (
        lot.state == "POSTED" and release.document_number and release.reference.startswith(lot.number.replace("-", ""))
    )


def test_a_rejected_posting_waits_at_the_error_desk(plant, erp_fake, make):
    lot = make.usage(judged(make, arrives(erp_fake, plant, "1"), bad=0), unrestricted=1000)

    def refuse(intent):
        raise Permanent("not_enough_stock", "nothing there")

    erp_fake.on_post = refuse
    carried()
    lot.refresh_from_db()
    release = lot.postings().get(kind="RELEASE")
    assert (lot.state, release.state) == ("DECIDED", "FAILED")
    erp_fake.on_post = None
    commands.retry(posting=release, by=person("integration"))
    carried()
    lot.refresh_from_db()
    assert lot.state == "POSTED"


def test_five_accepted_lead_back_to_normal(plant, erp_fake, make):
    for key in ("1", "2"):
        refused(make, arrives(erp_fake, plant, key))
    for key in range(3, 8):
        lot = arrives(erp_fake, plant, str(key))
        assert lot.severity == "tightened"
        make.usage(judged(make, lot, bad=0), unrestricted=1000)
    lot = arrives(erp_fake, plant, "8")
    assert lot.severity == "normal"


def test_discontinued_no_lot_is_released_until_somebody_resumes_it(plant, erp_fake, make):
    for key in range(1, 8):
        refused(make, arrives(erp_fake, plant, str(key)))
    lot = arrives(erp_fake, plant, "8")
    assert lot.state == "CREATED" and lot.sequence.discontinued
    offer = lot.workflow.transition("release").blocked(lot)
    assert "discontinued" in offer
    assert Inspection.objects.get(receipt_number="GR-7").turns.get().sequence == lot.sequence
