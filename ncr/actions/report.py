"""How an NCR comes to be: a defect from the MES (whose names intake.py has resolved), or a person's report."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib import statement
from qms.lib.clock import now
from qms.lib.errors import Forbidden
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.masterdata.models import Item, Lot, ProductionOperation, ProductionOrder, Supplier

from .. import events
from ..choices import Origin
from ..models import DefectCode, Nonconformance


@dataclass(frozen=True)
class DefectReport:
    """A defect in our words: keys of what it names here, texts as they were said. `quantity` is in `unit`."""

    site_id: int
    item_id: int
    part_number: str
    defect_code_id: int
    defect: str
    severity: str
    quantity: Decimal
    unit: str
    occurred_at: datetime
    title: str
    part_name: str = ""
    base_unit_id: int | None = None
    unit_factor: Decimal = Decimal(1)
    lot_id: int | None = None
    lot_number: str = ""
    order_id: int | None = None
    order_number: str = ""
    operation_id: int | None = None
    operation_name: str = ""
    work_center_id: int | None = None
    supplier_id: int | None = None
    supplier_name: str = ""
    part_revision: str = ""
    description: str = ""
    requirement: str = ""
    detected_by: str = ""
    received_at: datetime | None = None
    source: str = ""
    source_event: str = ""
    origin: str = Origin.MES


def report_defect(
    *, defect: DefectReport, by: Any, uid: UUID | None = None, state: str = "OPEN", act: journal.Act | None = None
) -> Nonconformance:
    """Create the NCR in the caller's act or in one of its own; a service account is a reporter like a person."""
    event = events.DRAFTED if state == "DRAFT" else events.REPORTED
    values = {
        name: getattr(defect, name) for name in DefectReport.__dataclass_fields__ if name not in ("quantity", "defect")
    }
    with contextlib.nullcontext(act) if act else journal.act(event, by=by) as running:
        ncr = Nonconformance(
            uid=uid or uuid7(),
            state=state,
            created_by_id=by.pk,
            affected_quantity=defect.quantity,
            undecided_quantity=defect.quantity,
            **values,
        )
        statement.insert(ncr)
        running.record(ncr, reported(ncr.number, defect))
    return ncr


def reported(number: str, defect: DefectReport) -> events.Reported:
    return events.Reported(
        number=number,
        part=defect.part_number,
        lot=defect.lot_number,
        order=defect.order_number,
        defect=defect.defect,
        severity=defect.severity,
        quantity=show(defect.quantity),
        unit=defect.unit,
        origin=str(defect.origin),
    )


def report(
    *,
    by: Any,
    part: Item,
    quantity: Decimal,
    defect_code: DefectCode,
    lot: Lot | None = None,
    order: ProductionOrder | None = None,
    severity: str = "",
    description: str = "",
    requirement: str = "",
    uid: UUID | None = None,
    draft: bool = False,
    occurred_at: datetime | None = None,
    site_id: int | None = None,
    lot_number: str = "",
    operation: ProductionOperation | None = None,
    supplier: Supplier | None = None,
) -> Nonconformance:
    """A person's report. The same `uid` again returns the first NCR (double tap = one record).

    `lot_number`: as it was read, when the ERP does not know the lot.
    """
    site_id = site_id or _site_of(lot, order, by)
    if uid and (known := Nonconformance.objects.filter(uid=uid, created_by=by).first()):
        return known
    defect = DefectReport(
        site_id=site_id,
        item_id=part.pk,
        part_number=part.number,
        part_name=part.name,
        defect_code_id=defect_code.pk,
        defect=defect_code.code,
        severity=severity or defect_code.severity,
        title=(_("%(defect)s: %(part)s") % {"defect": defect_code.label, "part": part.number})[:200],
        quantity=quantity,
        unit=part.unit.number if part.unit else "",
        base_unit_id=part.unit_id,
        **_where(lot, order, operation, supplier, lot_number),
        description=description,
        requirement=requirement,
        detected_by=by.username,
        occurred_at=occurred_at or now(),
        origin=Origin.PERSON,
    )
    return report_defect(defect=defect, by=by, uid=uid, state="DRAFT" if draft else "OPEN")


def _where(
    lot: Lot | None,
    order: ProductionOrder | None,
    operation: ProductionOperation | None,
    supplier: Supplier | None,
    lot_number: str,
) -> dict[str, Any]:
    work = operation.operation if operation else None
    return {
        "lot_id": lot.pk if lot else None,
        "lot_number": lot.number if lot else lot_number,
        "order_id": order.pk if order else None,
        "order_number": order.number if order else "",
        "operation_id": work.pk if work else None,
        "operation_name": work.name if work else "",
        "work_center_id": operation.work_center_id if operation else None,
        "supplier_id": supplier.pk if supplier else None,
        "supplier_name": supplier.name if supplier else "",
    }


def _site_of(lot: Lot | None, order: ProductionOrder | None, by: Any) -> int:
    """The lot's or the order's site where the person may report, else their first one. Raises Forbidden for none."""
    sites = access.site_ids(by, "ncr.report")
    for named in (lot, order):
        if named and named.site_id and (sites == access.ALL or named.site_id in sites):
            return int(named.site_id)
    if sites == access.ALL:
        from qms.accounts.models import Site

        return int(Site.objects.order_by("pk").values_list("pk", flat=True)[0])
    if not sites:
        raise Forbidden(
            _("You may not report nonconformances."), hint=_("Ask an administrator for a role on this site.")
        )
    return int(min(sites))
