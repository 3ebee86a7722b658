"""Whether disposition lines are what their kind asks for (the rule table in choices); nothing here writes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.masterdata.models import Item, Lot, Supplier

from ..choices import RULES, Disposition
from ..models import DispositionLine, Nonconformance


@dataclass(frozen=True)
class Line:
    """A part of the affected quantity, in the NCR's unit."""

    kind: str
    quantity: Decimal
    instruction: str = ""
    item: Item | None = None
    supplier: Supplier | None = None
    return_reference: str = ""
    serials: tuple[str, ...] = ()


def check_lines(ncr: Nonconformance, lines: Sequence[Line]) -> None:
    """Raises Invalid, naming the line's field."""
    decided = sum((line.quantity for line in lines), Decimal())
    if decided > ncr.affected_quantity or any(line.quantity <= 0 for line in lines):
        raise Invalid(
            _("The lines add up to %(decided)s, but %(affected)s are affected.")
            % {"decided": show(decided), "affected": ncr.affected_shown},
            field="lines",
            hint=_("Each line needs a quantity above zero, and together no more than the affected quantity."),
        )
    for i, line in enumerate(lines):
        _check_line(ncr, line, f"lines.{i}")
    _check_serials(ncr, lines)


def _check_line(ncr: Nonconformance, line: Line, where: str) -> None:
    rule = RULES.get(line.kind)
    if rule is None:
        raise Invalid(_("“%(kind)s” is no disposition.") % {"kind": line.kind}, field=f"{where}.kind")
    kind = Disposition(line.kind).label
    if rule.instructed and not line.instruction.strip():
        raise Invalid(
            _("%(kind)s needs an instruction.") % {"kind": kind},
            field=f"{where}.instruction",
            hint=_("Say what is to be done and how the result is inspected."),
        )
    if rule.renamed:
        _check_item(ncr, line.item, f"{where}.item")
    elif line.item:
        raise Invalid(_("Only a regrade names a new part."), field=f"{where}.item", hint=_("Leave the new part empty."))
    if rule.supplied and supplier_for(ncr, line) is None:
        raise Invalid(
            _("Nothing is returned without a supplier, and none is known for this lot."),
            field=f"{where}.supplier",
            hint=_("Name the supplier, or choose another disposition."),
        )


def _check_item(ncr: Nonconformance, item: Item | None, where: str) -> None:
    hint = _("Choose another part of the ERP whose unit is of the same kind.")
    if item is None:
        raise Invalid(_("A regrade names the new part."), field=where, hint=hint)
    if item.pk == ncr.item_id:
        raise Invalid(_("A regrade to the same part changes nothing."), field=where, hint=hint)
    if item.gone_at or item.site_id not in (None, ncr.site_id):
        raise Invalid(_("The ERP has no part %(part)s at this site.") % {"part": item}, field=where, hint=hint)
    old, new = ncr.item.unit, item.unit
    fits = old and new and (old == new or (old.category and old.category == new.category))
    if not fits:
        raise Invalid(
            _("%(part)s is counted in %(unit)s, which does not fit %(old)s.")
            % {"part": item, "unit": new or "?", "old": old or "?"},
            field=where,
            hint=hint,
        )


def supplier_for(ncr: Nonconformance, line: Line) -> Supplier | None:
    """Whom a returned line goes to: named, else the NCR's, else the one supplier whom the lot was received from."""
    return line.supplier or ncr.supplier or (supplier_of(ncr.lot) if ncr.lot else None)


def supplier_of(lot: Lot) -> Supplier | None:
    found = Supplier.objects.live().filter(receipts__lines__lot=lot, receipts__lines__gone_at=None).distinct()[:2]
    return found[0] if len(found) == 1 else None


def _check_serials(ncr: Nonconformance, lines: Iterable[Line]) -> None:
    """Where pieces are named, every line names its own: as many as its quantity, none of them twice."""
    known = {one.number for one in ncr.serials.all()}
    named = Counter(number for line in lines for number in line.serials)
    if unknown := sorted(set(named) - known):
        raise Invalid(
            _("These serial numbers are not among the affected: %(names)s.") % {"names": ", ".join(unknown)},
            field="lines",
            hint=_("Name affected pieces by “Edit” first."),
        )
    if double := sorted(number for number, times in named.items() if times > 1):
        raise Invalid(
            _("These serial numbers stand in two places: %(names)s.") % {"names": ", ".join(double)},
            field="lines",
            hint=_("A piece has one disposition."),
        )
    for i, line in enumerate(lines):
        if known and len(line.serials) != line.quantity:
            raise Invalid(
                _("Line %(line)s decides about %(quantity)s pieces and names %(count)s.")
                % {"line": i + 1, "quantity": show(line.quantity), "count": len(line.serials)},
                field=f"lines.{i}.serials",
                hint=_("The affected pieces are known by serial number: name those of this line."),
            )


def split_serials(text: str) -> tuple[str, ...]:
    """Serial numbers as people write them: separated by commas, semicolons or white space."""
    return tuple(text.replace(",", " ").replace(";", " ").replace("，", " ").replace("；", " ").split())


def line_of(ncr: Nonconformance, number: int | None, fitting: list[DispositionLine]) -> DispositionLine:
    """The line that is meant: named, or the only one that fits. Raises Invalid otherwise."""
    found = [one for one in fitting if number in (None, one.line)]
    if len(found) != 1:
        names = ", ".join(str(one.line) for one in fitting) or "–"
        raise Invalid(
            _("Name the line; this step is for: %(lines)s.") % {"lines": names},
            field="line",
            hint=_("The number stands before the line on the record's page."),
        )
    return found[0]
