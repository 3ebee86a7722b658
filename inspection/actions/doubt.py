"""Lots that a gauge out of tolerance leaves in doubt are held: one nonconformance per part, one hold per lot."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ncr import actions as ncr
from ncr.choices import Origin
from ncr.models import DefectCode, Hold
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.masterdata.models import Lot
from qms.records import actions as records

from .. import events
from ..models import Calibration, DoubtHold


@dataclass(frozen=True)
class HeldLot:
    """`quantity`: in the part's own unit."""

    lot: Lot
    quantity: Decimal


def hold_lots(
    *, calibration: Calibration, by: Any, reason: str, lots: Iterable[HeldLot], defect_code: DefectCode,
    version: int | None = None,
) -> Calibration:  # fmt: skip
    """Hold them in one act. A lot that this calibration has held already is left out, so that nothing is held twice; more lots than
    the list names may be told, since readings on paper are not known here. Raises Invalid, Conflict."""
    told = list(lots)

    def hold(row: Calibration) -> None:
        for wanted in _by_part(_check(row, told)).values():
            made = _report(row, wanted, defect_code, by)
            for one in wanted:
                held = ncr.request_hold(ncr=made, by=by, reason=reason, quantity=one.quantity, lot=one.lot)
                DoubtHold.objects.create(calibration=row, lot=one.lot, hold=held)

    def say(row: Calibration) -> events.doubt.LotsHeld:
        holds = list(Hold.objects.filter(pk__in=row.holds.values("hold"), lot__in=[one.lot for one in told]))
        return events.doubt.LotsHeld(
            calibration=row.number, asset=row.gauge.asset, count=len(holds), lots=sorted({one.lot_number for one in holds}),
            ncrs=sorted({one.ncr.number for one in holds}), holds=[one.number for one in holds],
        )  # fmt: skip

    made: Calibration = records.step(
        record=calibration, name="hold", by=by, reason=reason, version=version, after=hold, payload=say
    )
    return made


def _check(row: Calibration, told: list[HeldLot]) -> list[HeldLot]:
    if not told:
        raise Invalid(_("Say which lots are to be held."), field="lots")
    if len({one.lot.pk for one in told}) != len(told):
        raise Invalid(_("A lot stands in two lines."), field="lots", hint=_("Add them up in one line."))
    for one in told:
        if one.quantity <= 0:
            raise Invalid(_("A quantity is above zero."), field="lots")
        if one.lot.site_id != row.site_id or one.lot.item is None:
            raise Invalid(
                _("The lot %(lot)s is not of this site.") % {"lot": one.lot.number},
                field="lots",
                hint=_("A calibration holds lots of its own site."),
            )
    held = set(row.holds.values_list("lot", flat=True))
    if not (left := [one for one in told if one.lot.pk not in held]):
        raise Conflict(
            _("%(number)s holds these lots already.") % {"number": row.number},
            hint=_("The list says which hold stands on each."),
            code="held",
        )
    return left


def _by_part(lots: list[HeldLot]) -> dict[int, list[HeldLot]]:
    """A nonconformance has lots of one part only."""
    found: dict[int, list[HeldLot]] = defaultdict(list)
    for one in lots:
        found[one.lot.item.pk].append(one)
    return found


def _report(row: Calibration, lots: list[HeldLot], code: DefectCode, by: Any) -> Any:
    item, only = lots[0].lot.item, lots[0].lot if len(lots) == 1 else None
    words = {"asset": row.gauge.asset, "number": row.number, "part": item.number}
    return ncr.report_defect(
        by=by,
        defect=ncr.DefectReport(
            site_id=row.site_id, item_id=item.pk, part_number=item.number, part_name=item.name, defect_code_id=code.pk,
            defect=code.code, severity=code.severity, quantity=sum((one.quantity for one in lots), Decimal(0)),
            unit=item.unit.number if item.unit else "", base_unit_id=item.unit_id, occurred_at=now(), origin=Origin.PERSON,
            title=(_("%(part)s was measured with %(asset)s, which is out of tolerance") % words)[:200],
            lot_id=only.pk if only else None, lot_number=only.number if only else "", detected_by=by.username,
            description=_("Measured since the last good calibration with the gauge %(asset)s, found out by %(number)s.") % words,
        ),
    )  # fmt: skip
