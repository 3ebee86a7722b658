"""Description, disposition lines and the way to the board."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.records import actions as records

from .. import events
from ..models import DispositionLine, Nonconformance

EDITABLE = ("title", "description", "requirement", "severity", "affected_quantity", "owner", "due_date")


@dataclass(frozen=True)
class Line:
    """A part of the affected quantity, in the NCR's unit."""

    kind: str
    quantity: Decimal
    instruction: str = ""


def edit(*, ncr: Nonconformance, by: Any, reason: str, version: int | None = None, **values: Any) -> Nonconformance:
    """Change what was reported, with a reason. A new quantity keeps the decided part and moves the undecided one."""
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})

    def change(row: Nonconformance) -> tuple[str, ...]:
        if owner := values.get("owner"):
            _check_owner(row, owner)
        if "affected_quantity" in values:
            row.undecided_quantity += values["affected_quantity"] - row.affected_quantity
            if row.undecided_quantity < 0:
                raise Invalid(
                    _("More is decided than would be affected."),
                    field="affected_quantity",
                    hint=_("Reduce the disposition lines first."),
                )
        for name, value in values.items():
            setattr(row, name, value)
        return (*values, "undecided_quantity")

    return records.step(record=ncr, name="edit", by=by, version=version, reason=reason, change=change)


def _check_owner(ncr: Nonconformance, owner: Any) -> None:
    """Whoever answers for the record must be able to work on it."""
    if not access.who_may("ncr.review", ncr.site_id).filter(pk=owner.pk).exists():
        raise Invalid(
            _("%(name)s cannot own nonconformances of this site.") % {"name": owner},
            field="owner",
            hint=_("Choose somebody who holds the right to review here."),
        )


def disposition(*, ncr: Nonconformance, lines: Iterable[Line], by: Any, version: int | None = None) -> Nonconformance:
    """Set the lines; what they leave stays undecided. Raises Invalid when they exceed the affected quantity."""
    lines = list(lines)

    def change(row: Nonconformance) -> tuple[str, ...]:
        decided = sum((line.quantity for line in lines), Decimal())
        if decided > row.affected_quantity or any(line.quantity <= 0 for line in lines):
            raise Invalid(
                _("The lines add up to %(decided)s, but %(affected)s are affected.")
                % {"decided": show(decided), "affected": row.affected_shown},
                field="lines",
                hint=_("Each line needs a quantity above zero, and together no more than the affected quantity."),
            )
        _replace_lines(row, lines)
        row.undecided_quantity = row.affected_quantity - decided
        row.proposed_by = by
        return ("undecided_quantity", "proposed_by")

    return records.step(record=ncr, name="disposition", by=by, version=version, change=change, payload=proposed)


def _replace_lines(ncr: Nonconformance, lines: list[Line]) -> None:
    ncr.lines.all().delete()
    DispositionLine.objects.bulk_create(
        DispositionLine(ncr=ncr, line=i, kind=line.kind, quantity=line.quantity, instruction=line.instruction)
        for i, line in enumerate(lines, start=1)
    )


def proposed(ncr: Nonconformance) -> events.Proposed:
    lines = [
        {"kind": line.kind, "line": line.line, "quantity": show(line.quantity), "unit": ncr.unit}
        for line in ncr.lines.all()
    ]
    return events.Proposed(number=ncr.number, undecided=ncr.undecided_shown, lines=lines)


def start_review(*, ncr: Nonconformance, by: Any, version: int | None = None) -> Nonconformance:
    def own(row: Nonconformance) -> tuple[str, ...]:
        row.owner = row.owner or by
        return ("owner",)

    return records.step(record=ncr, name="start-review", by=by, version=version, change=own)


def submit(*, ncr: Nonconformance, by: Any, version: int | None = None) -> Nonconformance:
    return records.step(record=ncr, name="submit", by=by, version=version)


def send_to_mrb(*, ncr: Nonconformance, by: Any, version: int | None = None) -> Nonconformance:
    """A new round: signatures of an earlier one count no more."""

    def next_round(row: Nonconformance) -> tuple[str, ...]:
        row.round += 1
        return ("round",)

    return records.step(record=ncr, name="send-to-mrb", by=by, version=version, change=next_round, payload=proposed)


def cancel(*, ncr: Nonconformance, by: Any, reason: str, version: int | None = None) -> Nonconformance:
    return records.step(record=ncr, name="cancel", by=by, version=version, reason=reason)
