"""How an inspection comes to be, is released with its sample, and ends without a decision."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ncr import actions as ncr
from ncr.models import ReworkLoop
from qms import journal
from qms.accounts import access
from qms.commands import actions as commands
from qms.commands.choices import Kind
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.masterdata.models import Lot, ProductionOrder, ReceiptLine, ShipmentLine, Supplier
from qms.records import actions as records

from .. import events
from ..calc.sampling import SamplePlan
from ..choices import LotOrigin, Severity, StockMode
from ..models import Inspection, InspectionPlan, LotCharacteristic
from ..models.characteristics import decides_by
from ..models.words import rule_shown
from ..queries import sampling
from ..workflow import MANAGE
from . import reworked, skipping
from .sequences import sequence_for

ENDED = ("CANCELLED", "SKIPPED")  # without a decision: the receipt line may be inspected all the same
COPIED = (
    "position", "balloon", "name", "requirement", "kind", "nominal", "lower", "upper", "uncertainty", "unit", "importance",
    "is_key", "is_reference", "method", "gauge_kind", "choices", "formula",
)  # fmt: skip


def create(
    *,
    by: Any,
    plan: InspectionPlan,
    quantity: Decimal,
    lot: Lot | None = None,
    lot_number: str = "",
    supplier: Supplier | None = None,
    receipt_line: ReceiptLine | None = None,
    order: ProductionOrder | None = None,
    shipment_line: ShipmentLine | None = None,
    resubmits: Inspection | None = None,
    rework: ReworkLoop | None = None,
    note: str = "",
    uid: UUID | None = None,
) -> Inspection:
    """By a person, still to be released. `quantity`: in the part's own unit. `lot_number`: as it was read, where the ERP does not know
    the lot. `rework`: the pieces of this loop of a nonconformance, which the usage decision then ends. The same `uid` again returns
    the first one. Raises Forbidden, Invalid, Conflict."""
    access.check(by, MANAGE, plan)
    if uid and (known := Inspection.objects.filter(uid=uid, created_by=by).first()):
        return known
    _check_resubmitted(plan, resubmits)
    given: dict[str, Any] = {
        "lot": lot, "lot_number": lot.number if lot else lot_number.strip(), "supplier": supplier,
        "receipt_line": receipt_line, "order": order, "shipment_line": shipment_line, "resubmits": resubmits, "rework": rework,
        "note": note,
    }  # fmt: skip
    return open_lot(plan=plan, quantity=quantity, by=by, uid=uid, **given)


def open_lot(
    *, plan: InspectionPlan, quantity: Decimal, by: Any, uid: UUID | None = None, arrived_at: datetime | None = None,
    origin: str = LotOrigin.PERSON, **given: Any,
) -> Inspection:  # fmt: skip
    """The row itself, for whatever asks for it. Raises Invalid, Conflict."""
    _check_plan(plan)
    rework = given.get("rework")
    if rework is not None:
        reworked.check(plan, rework, quantity)
    _check_lot(plan, quantity, **{name: given.get(name) for name in ("lot", "supplier", "receipt_line", "order")})
    content = plan.snapshot()
    with journal.act(events.INSPECTION_CREATED, by=by) as act:
        if rework is not None:
            ncr.lock_free(rework)
        made = Inspection.objects.create(
            uid=uid or uuid7(), site_id=plan.site_id, compartment_id=plan.compartment_id, container_id=plan.container_id,
            state="CREATED", created_by=by, origin=origin, kind=plan.kind, plan=plan, plan_content=content,
            plan_sha256=canonical.digest(content), item=plan.item, part_revision=plan.revision, operation=plan.operation,
            quantity=quantity, stock_mode=plan.stock_mode, arrived_at=arrived_at or now(),
            sequence=sequence_for(plan=plan, item=plan.item, supplier=given.get("supplier"), by=by) if rework is None else None,
            **given, **_names(plan, given),
        )  # fmt: skip
        if rework is not None:
            ncr.assign_loop(loop=rework, reference=made.number)
        act.record(made, told(made))
    return made


def _names(plan: InspectionPlan, given: dict[str, Any]) -> dict[str, str]:
    supplier, line, order = given.get("supplier"), given.get("receipt_line"), given.get("order")
    return {
        "part_number": plan.part_number,
        "part_name": plan.part_name,
        "supplier_name": supplier.name if supplier else "",
        "receipt_number": line.receipt.number if line and line.receipt else "",
        "order_number": order.number if order else "",
        "unit": plan.item.unit.number if plan.item.unit else "",
    }


def _check_plan(plan: InspectionPlan) -> None:
    if plan.state != "RELEASED":
        raise Conflict(
            _("%(plan)s is not released, so nothing is inspected by it.") % {"plan": plan.number},
            hint=_("Choose the released edition of the plan, or have this one released first."),
            code="plan_not_released",
        )
    sampling.drawn(rule=plan.snapshot(), lot=2, severity=Severity.NORMAL)
    sampling.check_measured(plan.snapshot())  # what cannot be carried out is said now


def _check_lot(
    plan: InspectionPlan, quantity: Decimal, *, lot: Any, supplier: Any, receipt_line: Any, order: Any
) -> None:
    if quantity <= 0:
        raise Invalid(_("An inspection needs a lot size above zero."), field="quantity")
    if plan.item.unit is None:
        raise Invalid(
            _("The ERP names no unit for %(part)s.") % {"part": plan.part_number},
            hint=_("Wait for the next synchronisation of the master data."),
        )
    for name, row in (("lot", lot), ("receipt_line", receipt_line), ("order", order)):
        if row is not None and row.item_id != plan.item_id:
            raise Invalid(
                _("%(number)s belongs to another part than the plan.") % {"number": row.number},
                field=name,
                hint=_("The plan is for %(part)s.") % {"part": plan.part_number},
            )
    if plan.supplier_id and (supplier is None or supplier.pk != plan.supplier_id):
        raise Invalid(
            _("The plan is for the supplier %(name)s only.") % {"name": plan.supplier_name},
            field="supplier",
            hint=_("Choose that supplier, or a plan for every supplier."),
        )
    if receipt_line and Inspection.objects.filter(receipt_line=receipt_line).exclude(state__in=ENDED).exists():
        raise Conflict(
            _("This receipt line is inspected already."),
            hint=_("Open that inspection; a lot that comes back is a resubmission of it."),
            code="inspected_already",
        )


def _check_resubmitted(plan: InspectionPlan, first: Inspection | None) -> None:
    if first is None:
        return
    if first.item_id != plan.item_id or first.site_id != plan.site_id:
        raise Invalid(_("A resubmission is of the same part at the same site."), field="resubmits")
    if first.verdict != "rejected" or first.state not in ("DECIDED", "POSTED"):
        raise Conflict(
            _("%(number)s was not decided as a lot that is not accepted, so nothing is resubmitted.")
            % {"number": first.number},
            hint=_("Leave the first inspection empty for a lot of its own."),
            code="not_rejected",
        )


def release(*, inspection: Inspection, by: Any, version: int | None = None) -> Inspection:
    """Determines the sample by the severity as it stands now, and asks the ERP for quarantine where the plan wants it. A lot that came
    by itself, of a part that has earned it, may be skipped instead: it stays to be seen, and says why."""
    if (why := skipping.arrives(inspection, by=by)) is not None:
        return skipping.skip(inspection, why, by=by)
    row: Inspection = records.step(
        record=inspection, name="release", by=by, version=version, change=determine, payload=sampled,
        after=lambda row: ask_quarantine(row, by=by),
    )  # fmt: skip
    return row


def determine(row: Inspection) -> tuple[str, ...]:
    """The sample of the lot and of each characteristic; a change of severity is for the next lot. Raises Invalid."""
    severity = Severity(row.sequence.severity) if row.sequence else Severity.NORMAL
    own = {held.origin: Severity(held.severity) for held in row.sequences()}
    content, size = row.plan_content, row.lot_size
    found = sampling.drawn(rule=content, lot=size, severity=severity)
    row.severity = severity if content["switching"] != "none" else ""
    row.sampling, row.sample_size = found.as_dict(), found.n
    row.accept, row.reject = numbers(found)
    row.released_at = now()
    lines = []
    for line in content["characteristics"]:
        its = sampling.own(line=line, content=content, lot=size, severity=own.get(UUID(line["origin"]), severity))
        used = its or found
        accept, reject = numbers(used)
        lines.append(
            LotCharacteristic(
                inspection=row, source=line["uid"], origin=line["origin"], has_own_rule=its is not None,
                sample_size=used.n,
                decision_rule=decides_by(
                    own=line.get("decision_rule", ""), plan=content["decision_rule"], uncertainty=line["uncertainty"]
                ),
                accept=accept, reject=reject, sampling=used.as_dict(), **{name: line[name] for name in COPIED},
            )
        )  # fmt: skip
    for one in lines:
        one.save(force_insert=True)
    return ("severity", "sampling", "sample_size", "accept", "reject", "released_at")


def numbers(found: SamplePlan) -> tuple[int | None, int | None]:
    """Ac and Re of the first sample; the s method has none."""
    return (found.ac, found.re) if found.k is None else (None, None)


def ask_quarantine(row: Inspection, *, by: Any) -> None:
    """Where the plan says so and the ERP knows the lot; a resubmitted lot lies there already, what was reworked is held by its
    nonconformance, and of what is to be shipped the shipment is blocked instead."""
    elsewhere = row.resubmits_id or row.shipment_line_id or row.rework_id
    if row.stock_mode == StockMode.QUARANTINE and row.lot_id and not elsewhere:
        commands.request_posting(
            record=row, kind=Kind.HOLD, purpose="lot:place", lot=row.lot, quantity=row.quantity, by=by
        )


def cancel(*, inspection: Inspection, by: Any, reason: str, version: int | None = None) -> Inspection:
    row: Inspection = records.step(
        record=inspection, name="cancel", by=by, reason=reason, version=version, payload=told,
        after=lambda row: ncr.free_loop(loop=row.rework) if row.rework else None,
    )  # fmt: skip
    return row


def told(row: Inspection) -> events.InspectionTold:
    return events.InspectionTold(
        number=row.number, kind=row.kind, part=row.part_number, lot=row.lot_number, quantity=show(row.quantity),
        unit=row.unit, plan=row.plan.number, edition=row.plan.edition, receipt=row.receipt_number,
    )  # fmt: skip


def sampled(row: Inspection) -> events.Sampled:
    return events.Sampled(
        number=row.number, part=row.part_number, severity=row.severity, scheme=row.sampling["scheme"],
        letter=row.sampling["letter"], sample=row.sample_size or 0, accept=row.accept or 0, reject=row.reject or 0,
        rule=rule_shown(row.sampling),
    )  # fmt: skip
