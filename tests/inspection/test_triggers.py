"""What the ERP and the MES tell besides receipts and shipments: finished orders, returns of customers, set-ups, escapes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from inspection import actions
from inspection.models import InspectionOccasion, SamplingEvent
from ncr import actions as ncr
from ncr.models import DefectCode, ProductionKind
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Customer, ProductionOrder
from tests.factories import person
from tests.factories.buying import synced

from .test_occasions import COUNT, begun, line_of, planned, produced, stocked

PROVES = ("11.10(a)", "11.10(f)")
pytestmark = pytest.mark.django_db


def ordered(*, finished: Any = None, quantity: str = "40", key: str = "") -> str:
    item, key = stocked().item, key or f"po-occ-{next(COUNT)}"
    row = {
        "external_id": key, "number": key.upper(), "changed_at": None, "item_ref": item.external_id, "quantity": Decimal(quantity),
        "unit_ref": item.unit.external_id, "finished_date": finished,
    }  # fmt: skip
    synced("production-orders", [row], source=stocked().source)
    ProductionOrder.objects.filter(site=None).update(site=Site.objects.get(code="AUG"))
    return key


class TestProductionReceipt:
    def test_an_order_is_inspected_once_when_the_erp_has_it_in_stock(self, make):
        planned(make, kind="final", occasions=["production"])
        key = ordered()
        assert actions.inspect_due() == []
        ordered(finished=now().date(), key=key)
        (made,) = [one for one in actions.inspect_due() if one]
        assert (made.kind, made.quantity, made.order.external_id, made.origin) == ("final", 40, key, "trigger")
        assert actions.inspect_due() == []
        assert begun(kind="final").count() == 1

    def test_what_was_finished_before_the_plan_is_left_alone(self, make):
        planned(make, kind="final", occasions=["production"])
        ordered(finished=now().date() - timedelta(days=2))
        assert actions.inspect_due() == []
        assert not InspectionOccasion.objects.filter(occasion="production").exists()


class TestReturn:
    def returned(self, **more: Any) -> str:
        source, name = stocked().source, f"ret-occ-{next(COUNT)}"
        customer = {"external_id": "c-occ", "number": "C-OCC", "changed_at": None, "name": "Customer"}
        synced("customers", [customer], source=source)
        row = {"external_id": name, "number": name.upper(), "changed_at": None, "receipt_date": now().date()}
        synced("receipts", [row | {"is_return": True, "customer_ref": "c-occ"}], source=source)
        return line_of("receipt", "receipt_ref", name, **more)

    def test_what_a_customer_sent_back_is_inspected_by_the_plan_for_returns(self, make):
        planned(make, kind="incoming")
        planned(make, kind="customer_return", occasions=["return"])
        key = self.returned(quantity="3")
        (made,) = [one for one in actions.inspect_due() if one]
        assert (made.kind, made.quantity, made.receipt_line.external_id) == ("customer_return", 3, key)
        assert made.supplier is None
        assert made.receipt_line.receipt.customer == Customer.objects.get(external_id="c-occ")
        assert actions.inspect_due() == []

    def test_no_incoming_inspection_takes_it_for_a_delivery(self, make):
        planned(make, kind="incoming")
        self.returned()
        assert actions.inspect_due() == []


class TestSetUp:
    def test_a_set_up_that_the_mes_tells_begins_one_and_the_start_after_it_none(self, make):
        planned(make, kind="first_piece", operation="OP 20", occasions=["setup"])
        produced(ProductionKind.STARTED, quantity="5", order="WO-S1", minutes=1)
        produced(ProductionKind.SET_UP, quantity="5", order="WO-S1", minutes=2)  # the tool was changed within the job
        produced(ProductionKind.SET_UP, quantity="5", order="WO-S2", minutes=3)
        produced(ProductionKind.STARTED, quantity="5", order="WO-S2", minutes=4)
        actions.inspect_due()
        assert begun(kind="first_piece").count() == 3
        assert actions.inspect_due() == []


class TestEscape:
    def test_a_defect_found_later_on_a_skipped_lot_ends_the_skipping(self, make):
        plan = make.lotplan(
            kind="incoming", skipping="dock", skip_after=2, skip_most_lots=9, skip_most_days=180,
            item=stocked().item.number,
        )  # fmt: skip
        for _lot in range(2):
            make.inspection(state="POSTED", plan=plan)
        passed = make.arrived(plan, lot=stocked())
        assert passed.state == "SKIPPED"
        told = {"by": person("inspector"), "part": plan.item, "quantity": Decimal(1), "description": "Bore too large"}
        code = DefectCode.objects.get(code="DIM-OUT")
        ncr.report(**told, defect_code=code)  # of the part, of no lot that was skipped
        actions.inspect_due()
        assert passed.sequence.__class__.objects.get(pk=passed.sequence_id).skip_mode == "skip_lot"
        found = ncr.report(**told, defect_code=code, lot=stocked())
        actions.inspect_due()
        ended = SamplingEvent.objects.latest("pk")
        assert (ended.reasons, ended.note) == ([{"code": "skip_escape", "facts": {}}], found.number)
        assert make.arrived(plan).state == "RELEASED"
