"""Description, disposition lines and the way to the board."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.masterdata import ownership
from qms.records import actions as records

from .. import events
from ..models import AffectedSerial, DispositionLine, LineSerial, Nonconformance
from .rules import Line, check_lines, supplier_for

EDITABLE = (
    *("title", "description", "requirement", "severity", "affected_quantity", "owner", "due_date"),
    "customer_approval_required",
)


def edit(
    *,
    ncr: Nonconformance,
    by: Any,
    reason: str,
    cause: str | None = "",
    version: int | None = None,
    serials: Iterable[str] | None = None,
    settles: bool = False,
    **values: Any,
) -> Nonconformance:
    """Change what was reported, with a reason. A new quantity keeps the decided part and moves the undecided one.

    `settles`: a person decides between two systems, so the owner of the field is not asked again.

    `serials`: the affected pieces, all of them; an empty list forgets them. None leaves them as they are.
    """
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})

    def change(row: Nonconformance) -> tuple[str, ...]:
        if not settles:
            _check_ours(row, values)
        if owner := values.get("owner"):
            _check_owner(row, owner)
        if "affected_quantity" in values:
            _recount(row, values["affected_quantity"])
        for name, value in values.items():
            setattr(row, name, value)
        if serials is not None:
            _replace_serials(row, list(serials))
        return (*values, "undecided_quantity")

    return records.step(record=ncr, name="edit", by=by, version=version, reason=reason, cause=cause, change=change)


def _recount(ncr: Nonconformance, affected: Decimal) -> None:
    ncr.undecided_quantity += affected - ncr.affected_quantity
    if ncr.undecided_quantity < 0:
        raise Invalid(
            _("More is decided than would be affected."),
            field="affected_quantity",
            hint=_("Reduce the disposition lines first."),
        )


def _check_ours(ncr: Nonconformance, values: dict[str, Any]) -> None:
    """A field that another system owns here is not changed by hand. Raises Invalid."""
    owners = ownership.of(ncr.site_id)
    for name, value in values.items():
        if value != getattr(ncr, name) and owners.verdict("ncrs", name, "qms"):
            rule = owners.rule("ncrs", name)
            label = Nonconformance._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            raise Invalid(
                _("The field “%(field)s” belongs to %(owner)s here.")
                % {"field": label, "owner": rule.owner_shown if rule else ""},
                field=name,
                hint=_("Change it there, or let the system-of-record matrix of the site be changed."),
            )


def _check_owner(ncr: Nonconformance, owner: Any) -> None:
    """Whoever answers for the record must be able to work on it."""
    if not access.who_may("ncr.review", ncr.site_id).filter(pk=owner.pk).exists():
        raise Invalid(
            _("%(name)s cannot own nonconformances of this site.") % {"name": owner},
            field="owner",
            hint=_("Choose somebody who holds the right to review here."),
        )


def _replace_serials(ncr: Nonconformance, numbers: list[str]) -> None:
    """One number for each affected piece. Decided pieces stay; their lines have to let them go first."""
    if numbers and (len(numbers) != len(set(numbers)) or len(numbers) != ncr.affected_quantity):
        raise Invalid(
            _("%(count)s different serial numbers are named, but %(affected)s are affected.")
            % {"count": len(set(numbers)), "affected": ncr.affected_shown},
            field="serials",
            hint=_("Name each affected piece once, or none at all."),
        )
    known = {one.number: one for one in ncr.serials.all()}
    gone = [one for number, one in known.items() if number not in numbers]
    if LineSerial.objects.filter(serial__in=gone).exists():
        raise Invalid(
            _("A disposition line decides about a piece that would be taken out."),
            field="serials",
            hint=_("Change the disposition lines first."),
        )
    AffectedSerial.objects.filter(pk__in=[one.pk for one in gone]).delete()
    AffectedSerial.objects.bulk_create(AffectedSerial(ncr=ncr, number=n) for n in numbers if n not in known)


def disposition(*, ncr: Nonconformance, lines: Iterable[Line], by: Any, version: int | None = None) -> Nonconformance:
    """Set the lines; what they leave stays undecided. Raises Invalid where a line lacks what its kind asks for."""
    lines = list(lines)

    def change(row: Nonconformance) -> tuple[str, ...]:
        check_lines(row, lines)
        _replace_lines(row, lines)
        row.undecided_quantity = row.affected_quantity - sum((line.quantity for line in lines), Decimal())
        row.proposed_by = by
        return ("undecided_quantity", "proposed_by")

    return records.step(record=ncr, name="disposition", by=by, version=version, change=change, payload=proposed)


def _replace_lines(ncr: Nonconformance, lines: list[Line]) -> None:
    """Of this edition; what earlier ones decided stays."""
    old = ncr.lines.filter(edition=ncr.edition)
    LineSerial.objects.filter(line__in=old).delete()
    old.delete()
    made = DispositionLine.objects.bulk_create(_row(ncr, i, line) for i, line in enumerate(lines, start=1))
    serials = {one.number: one for one in ncr.serials.all()}
    LineSerial.objects.bulk_create(
        LineSerial(line=row, serial=serials[number], edition=ncr.edition)
        for row, line in zip(made, lines, strict=True)
        for number in line.serials
    )


def _row(ncr: Nonconformance, number: int, line: Line) -> DispositionLine:
    row = DispositionLine(
        ncr=ncr, edition=ncr.edition, line=number, kind=line.kind, quantity=line.quantity, instruction=line.instruction
    )
    row.item = line.item
    if row.rule.supplied:
        row.supplier, row.return_reference = supplier_for(ncr, line), line.return_reference
    return row


def proposed(ncr: Nonconformance) -> events.Proposed:
    lines = [
        {"kind": line.kind, "line": line.line, "quantity": show(line.quantity), "unit": ncr.unit}
        for line in ncr.current_lines()
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
