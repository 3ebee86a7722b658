"""A lot that was named before the ERP told of it is provisional: a name, no row. It is matched when the lot comes.

Matched by itself only where part, number and site fit exactly one lot; otherwise a person says which. Until then nothing that
needs the ERP's lot (a hold, a movement) can be asked for the record.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Conflict, Invalid
from qms.masterdata.models import Lot
from qms.records import actions as records
from qms.records.actions import check_reason

from .. import events
from ..models import Nonconformance
from ..models.records import UNDECIDED
from ..queries import provisional

EDIT = "ncr.edit"
MATCHER = journal.Actor(id="system:match", name="Matching of provisional names")
MOST = 1_000


def match_known(*, by: Any = MATCHER) -> int:
    """Open records whose lot the ERP has told of meanwhile. Ambiguous is never guessed. Returns how many were matched."""
    found = provisional.waiting().filter(fitting=1).order_by("pk")[:MOST]
    return sum(_match(row, by) for row in found)


def _match(record: Nonconformance, by: Any) -> bool:
    """False where somebody was faster."""
    with transaction.atomic():
        row: Nonconformance = records.locked(record)
        fitting = list(provisional.lots_named(row)[:2])
        if row.lot_id or len(fitting) != 1 or row.workflow.state(row.state).final:
            return False
        with journal.act(events.LOT_MATCHED, by=by) as act:
            act.record(row, _set(row, fitting[0]))
    return True


def match_lot(*, ncr: Nonconformance, lot: Lot, by: Any, reason: str) -> Nonconformance:
    """A person says which lot it is. Another number than was named only while nobody has decided about the record."""
    access.check(by, EDIT, ncr)
    check_reason(reason)
    with journal.act(events.LOT_MATCHED, by=by, reason=reason) as act:
        row: Nonconformance = records.locked(ncr)
        _check(row, lot)
        act.record(row, _set(row, lot))
    return row


def refuse_lot(*, ncr: Nonconformance, by: Any, reason: str) -> Nonconformance:
    """A person says that there is no such lot: the name is taken away, and stays in the history. Raises Forbidden, Conflict."""
    access.check(by, EDIT, ncr)
    check_reason(reason)
    with journal.act(events.LOT_REFUSED, by=by, reason=reason) as act:
        row: Nonconformance = records.locked(ncr)
        _check_open(row)
        if row.state not in UNDECIDED:
            raise _decided(row)
        name, row.lot_number = row.lot_number, ""
        row.version += 1
        row.save(update_fields=["lot_number", "version"])
        act.record(row, events.LotRefused(row.number, name))
    return row


def _check(row: Nonconformance, lot: Lot) -> None:
    _check_open(row)
    if lot.number != row.lot_number and row.state not in UNDECIDED:
        raise _decided(row)
    if lot.item_id != row.item_id or lot.site_id not in (None, row.site_id):
        raise Invalid(
            _("The lot belongs to another part or site."),
            field="lot",
            hint=_("Choose a lot of %(part)s.") % {"part": row.part_number},
        )


def _decided(row: Nonconformance) -> Conflict:
    return Conflict(
        _("The board has decided about the lot “%(name)s”: another number would change what was signed.")
        % {"name": row.lot_number},
        hint=_("Have the record reopened, then match it."),
        code="signed",
    )


def _check_open(row: Nonconformance) -> None:
    if not row.has_provisional_lot:
        raise Conflict(
            _("%(number)s names no provisional lot.") % {"number": row.number},
            hint=_("Reload the page to see what changed."),
            code="not_provisional",
        )
    if row.workflow.state(row.state).final:
        raise Conflict(_("%(number)s is finished.") % {"number": row.number}, code="finished")


def _set(row: Nonconformance, lot: Lot) -> events.LotMatched:
    named, row.lot, row.lot_number = row.lot_number, lot, lot.number
    row.version += 1
    row.save(update_fields=["lot", "lot_number", "version"])
    return events.LotMatched(row.number, named, lot.number)
