"""Reconciliation with a real Tryton: what agrees agrees, and what somebody books or deletes over there by hand is found."""

from __future__ import annotations

import pytest

from connectors import sync
from connectors.actions import reconciling
from connectors.models import Difference, Interface, Origin, ReconcileRun
from qms.commands.models import Posting
from qms.masterdata.models import Lot
from tests.connectors.test_erp_path import carry, connected, held
from tests.erp import Erp

__all__ = ["connected"]
pytestmark = [pytest.mark.erp, pytest.mark.django_db]
PROVES = ("G13",)
SHIPMENT = "stock.shipment.internal"


def reconcile(interface: Interface) -> ReconcileRun:
    run = ReconcileRun.objects.create(interface=interface, origin=Origin.ASKED, asked_by="test")
    return reconciling.carry_out(run=run)


def found() -> set[tuple[str, str, str]]:
    return set(Difference.objects.open().values_list("object", "name", "kind"))


def test_a_handful_of_differences_in_a_real_erp_are_found_and_no_other(connected, erp: Erp, people):
    erp.new_lot("LOT-REC-01", "TB-4711", 50.0)
    sync.sync(interface=connected, full=True)
    posting = carry(held(people, Lot.objects.live().get(number="LOT-REC-01"), "10"))
    assert posting.state == "POSTED"
    sync.sync(interface=connected, full=True)
    run = reconcile(connected)
    # Documents of other tests' records stand in this ERP too; theirs were taken back here.
    others = {(kind, name, what) for kind, name, what in found() if (kind, what) == ("postings", "missing_here")}
    assert (run.problem, run.note, found() - others) == ("", "", set()), run.counts
    assert posting.reference not in {name for _kind, name, _what in others}
    assert run.compared > 50 and Posting.objects.get(pk=posting.pk).state == "RECONCILED"

    again = erp.manage.call(SHIPMENT, "copy", [int(posting.document_id)])
    erp.manage.call(SHIPMENT, "write", again, {"reference": posting.reference})
    extra = erp.manage.create("party.party", name="Quiet Ltd", code="SUP-QUIET")
    with_us = Lot.objects.live().get(number="LOT-REC-01")
    Lot.objects.filter(pk=with_us.pk).update(number="LOT-REC-ALTERED")
    reconcile(connected)
    assert ("postings", posting.reference, "duplicate") in found() and ("lots", "LOT-REC-01", "differs") in found()
    assert {object for object, _name, _kind in found()} <= {"postings", "lots"}, "the new party is in flight"
    erp.manage.call("party.party", "delete", [extra])
