"""Holds: asked of the ERP, active when the ERP has moved the lot, never by a flag."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.commands import actions as commands
from qms.commands.choices import Kind
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import STEP, show
from qms.masterdata.models import Lot
from qms.records import actions as records
from qms.workflow.apply import check

from .. import events
from ..choices import Effect
from ..models import Hold, Nonconformance


def request_hold(
    *,
    ncr: Nonconformance,
    by: Any,
    reason: str,
    quantity: Decimal | None = None,
    lot: Lot | None = None,
    effect: str = Effect.NO_USE,
    review_date: date | None = None,
    lies_there: bool = False,
    version: int | None = None,
) -> Hold:
    """Hold a lot's quantity (all affected unless told) and ask the ERP to move it into quarantine.

    `lies_there`: an inspection had it moved there before, so that the ERP is asked for nothing; see `execution.hold_in_place`.
    """
    transition = ncr.workflow.transition("hold")
    records.check_step(ncr, transition, by)
    records.check_reason(reason)
    with journal.act(events.HOLD_REQUESTED, by=by, reason=reason) as act:
        row = records.locked(ncr, version=version)
        check(row, transition)
        lot, quantity = lot or row.lot, quantity or row.affected_quantity
        _check_lot(row, lot)
        same = {name: getattr(row, name) for name in ("site_id", "compartment_id", "container_id", "unit")}
        hold = Hold.objects.create(
            state="REQUESTED",
            created_by=by,
            ncr=row,
            lot=lot,
            lot_number=lot.number if lot else "",
            quantity=quantity,
            effect=effect,
            reason=reason,
            review_date=review_date,
            lies_there=lies_there,
            requested_at=now(),
            **same,
        )
        act.record(hold, changed(hold))
        if not lies_there:
            commands.request_posting(
                record=row,
                kind=Kind.HOLD,
                purpose=f"hold:{hold.pk}:place",
                lot=lot,
                quantity=in_base_unit(row, quantity),
                by=by,
            )
    return hold


def _check_lot(ncr: Nonconformance, lot: Lot | None) -> None:
    if lot is None and ncr.has_provisional_lot:
        raise Invalid(
            _("The lot “%(name)s” is provisional: the ERP does not know it yet.") % {"name": ncr.lot_number},
            field="lot",
            hint=_(
                "Set the material aside by hand; the hold is asked when the lot is matched, or waived by signature."
            ),
        )
    if lot is None:
        raise Invalid(
            _("%(number)s names no lot that the ERP knows.") % {"number": ncr.number},
            field="lot",
            hint=_("Choose the lot, or have containment waived by signature."),
        )
    if lot.item_id != ncr.item_id:
        raise Invalid(
            _("The lot belongs to another part."),
            field="lot",
            hint=_("Choose a lot of %(part)s.") % {"part": ncr.part_number},
        )


def in_base_unit(ncr: Nonconformance, quantity: Decimal) -> Decimal:
    """The NCR's unit → the ERP's, exactly; raises Invalid where the result needs more than six decimals."""
    exact = quantity * ncr.unit_factor
    if exact != exact.quantize(STEP):
        raise Invalid(
            _("%(quantity)s cannot be expressed exactly in the ERP's unit.") % {"quantity": show(quantity)},
            field="quantity",
        )
    return exact.quantize(STEP)


def changed(hold: Hold) -> events.HoldChanged:
    return events.HoldChanged(
        hold=hold.number, ncr=hold.ncr.number, lot=hold.lot_number, quantity=show(hold.quantity), unit=hold.unit
    )


def request_release(*, hold: Hold, by: Any, reason: str, version: int | None = None) -> Hold:
    """Ask the ERP to move the whole lot quantity back; what the disposition releases goes its own way (execution)."""

    def ask(row: Hold) -> None:
        ncr = records.locked(row.ncr)
        if ncr.state in ("DISPOSITIONED", "IN_EXECUTION"):
            raise Invalid(
                _("The disposition of %(number)s decides about this stock.") % {"number": ncr.number},
                hint=_("Execute it."),
            )
        quantity = in_base_unit(ncr, row.quantity)
        commands.request_posting(
            record=ncr, kind=Kind.RELEASE, purpose=f"hold:{row.pk}:release", lot=row.lot, quantity=quantity, by=by
        )

    return records.step(
        record=hold, name="request-release", by=by, version=version, reason=reason, after=ask, payload=changed
    )


def cancel_hold(*, hold: Hold, by: Any, reason: str, version: int | None = None) -> Hold:
    return records.step(record=hold, name="cancel", by=by, version=version, reason=reason, payload=changed)


def submit_hold(*, hold: Hold, by: Any, version: int | None = None) -> Hold:
    """A drafted hold is requested, and the ERP asked."""

    def ask(row: Hold) -> None:
        ncr = records.locked(row.ncr)
        commands.request_posting(
            record=ncr,
            kind=Kind.HOLD,
            purpose=f"hold:{row.pk}:place",
            lot=row.lot,
            quantity=in_base_unit(ncr, row.quantity),
            by=by,
        )

    def stamp(row: Hold) -> tuple[str, ...]:
        row.requested_at = now()
        return ("requested_at",)

    return records.step(record=hold, name="request", by=by, version=version, change=stamp, after=ask, payload=changed)
