"""Part quantities that are released by a signature of their own while the rest of the lot is still inspected (ISO 9001 8.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature
from qms.workflow.apply import check

from .. import events
from ..choices import Usage
from ..models import Inspection, UsageLine
from .certificates import check_certificates
from .decisions import ask_line


def release_part(
    *,
    inspection: Inspection,
    by: Any,
    quantity: Decimal,
    reason: str,
    signing: Signing | None,
    version: int | None = None,
) -> Inspection:
    """A numbered tranche; the ERP is asked to release it where the lot lies in quarantine. What is left waits for the usage decision.

    Raises Invalid, Forbidden, Conflict, SignatureRefused.
    """
    transition = inspection.workflow.transition("release-part")
    records.check_step(inspection, transition, by)
    check(inspection, transition)
    _check(inspection, quantity)
    made: list[UsageLine] = []

    def change(row: Inspection) -> tuple[str, ...]:
        _check(row, quantity)  # once more: the row is locked now
        return ()

    def signed(row: Inspection, signature: Signature) -> tuple[str, ...]:
        last = row.usage.aggregate(line=Max("line"), tranche=Max("tranche"))
        made.append(
            UsageLine.objects.create(
                inspection=row, line=(last["line"] or 0) + 1, tranche=(last["tranche"] or 0) + 1, kind=Usage.UNRESTRICTED,
                quantity=quantity, reason=reason.strip(), by=by, at=now(), signature=signature,
            )
        )  # fmt: skip
        return ()

    def told(row: Inspection) -> events.PartReleased:
        return events.PartReleased(
            number=row.number, tranche=made[0].tranche or 0, quantity=show(quantity), unit=row.unit,
            left=show(row.left_quantity),
        )  # fmt: skip

    done: Inspection = records.step(
        record=inspection, name="release-part", by=by, version=version, reason=reason, signing=signing, change=change,
        signed=signed, after=lambda row: ask_line(row=row, line=made[0], by=by), payload=told,
    )  # fmt: skip
    return done


def _check(inspection: Inspection, quantity: Decimal) -> None:
    """Raises Invalid: the last piece belongs to the usage decision."""
    left = inspection.left_quantity
    if not 0 < quantity < left:
        raise Invalid(
            _("%(quantity)s are named, but %(left)s %(unit)s are left.")
            % {"quantity": show(quantity), "left": show(left), "unit": inspection.unit},
            field="quantity",
            hint=_("Name less than what is left: the rest is decided when the results are complete."),
            code="not_a_part",
        )
    check_certificates(inspection, field="quantity")
