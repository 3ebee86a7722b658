"""Before a shipment leaves: the ERP keeps it back while it is inspected, and hears from the decision whether it may go."""

from __future__ import annotations

from typing import Any

from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.masterdata.models import Shipment

from ..choices import StockMode
from ..models import Inspection
from ..queries import lots


def keep_back(*, inspection: Inspection, by: Any) -> None:
    """Where the plan blocks: from the beginning of the inspection, and anew for each change of the shipment."""
    if inspection.shipment and inspection.stock_mode != StockMode.WARN:
        _ask(inspection, is_blocked=True, purpose="shipment:block", by=by)


def say_decision(*, inspection: Inspection, by: Any) -> Posting | None:
    """The last good decision about a shipment releases it, a bad one blocks it. None where others are still to decide, or where a
    newer inspection stands for this one."""
    if inspection.shipment is None or inspection.is_outdated:
        return None
    Shipment.objects.select_for_update().get(
        pk=inspection.shipment.pk
    )  # of two decisions at once the second sees the first
    if lots.is_bad(inspection):
        return _ask(inspection, is_blocked=True, purpose="usage:shipment", by=by)
    if lots.of_shipment(inspection):
        return None
    return _ask(inspection, is_blocked=False, purpose="usage:shipment", by=by)


def _ask(row: Inspection, *, is_blocked: bool, purpose: str, by: Any) -> Posting:
    count = Posting.objects.of(row).filter(purpose__startswith=f"{purpose}:").count()
    return commands.request_shipment_mark(
        record=row, shipment=row.shipment, is_blocked=is_blocked, purpose=f"{purpose}:{count + 1}", by=by
    )


def ask_again(*, inspection: Inspection, by: Any) -> None:
    """Where the posting of the decision was cancelled."""
    told = inspection.said_of_shipment()
    if told and told.state == "CANCELLED":
        say_decision(inspection=inspection, by=by)
