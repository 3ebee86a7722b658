"""The floor's entry: report, photos and hold as one act of a person, whole or not at all, once however often it is sent."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from qms.lib.errors import Conflict
from qms.records import actions as records
from qms.records import queries as files
from qms.records import store

from ..models import DefectCode, Hold, Nonconformance
from ..queries.floor import Place
from .holds import request_hold
from .report import report


def report_on_floor(
    *,
    by: Any,
    uid: UUID,
    place: Place,
    defect_code: DefectCode,
    quantity: Decimal,
    comment: str = "",
    photos: Iterable[File] = (),
    hold: bool = False,
    occurred_at: datetime | None = None,
) -> Nonconformance:
    """The same `uid` again adds what an interrupted try left out and nothing twice. Raises what its three acts raise.

    A hold of what the ERP does not know as a lot cannot be asked for: the defect is kept, and its description says so.
    """
    assert place.part
    with transaction.atomic():
        _one_at_a_time(uid)
        known = Nonconformance.objects.filter(uid=uid).first()
        if known and known.created_by_id != by.pk:
            raise Conflict(
                _("This entry was sent by somebody else already."), hint=_("Start a new one; the other is recorded.")
            )
        ncr = known or report(
            by=by,
            uid=uid,
            part=place.part,
            lot=place.lot,
            lot_number=place.lot_text,
            order=place.order,
            operation=place.operation,
            supplier=place.supplier,
            quantity=quantity,
            defect_code=defect_code,
            description=_described(place, comment, in_vain=hold and not place.lot),
            occurred_at=occurred_at,
        )
        _attach(ncr, photos, by)
        if hold and place.lot and not Hold.objects.filter(ncr=ncr).exists():
            request_hold(ncr=ncr, by=by, reason=comment.strip() or _("Stopped on the floor: %s") % defect_code.label)
    return Nonconformance.objects.get(pk=ncr.pk)


def _one_at_a_time(uid: UUID) -> None:
    """The second of two equal requests waits for the first and then finds its record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ncr:{uid}"])


def _described(place: Place, comment: str, *, in_vain: bool) -> str:
    serial = place.serial_text
    said = _("Serial number %s.") % serial if serial and serial != place.lot_text else ""
    unheld = _("A hold was asked for and is not possible: the ERP knows no such lot.") if in_vain else ""
    return "\n".join(filter(None, [said, comment.strip(), unheld]))


def _attach(ncr: Nonconformance, photos: Iterable[File], by: Any) -> None:
    kept = {file.sha256 for file in files.attachments(ncr)}
    for photo in photos:
        content = photo.read()
        if store.digest(content) not in kept:
            records.attach(record=ncr, name=photo.name or "", content=content, by=by)
