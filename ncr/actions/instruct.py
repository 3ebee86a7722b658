"""What a person asks of the shop floor: an instruction, a sample, sorting, a stop. One command for each system that is asked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.commands import handshake, targets
from qms.commands.choices import ASKED_BY_PEOPLE, Ask
from qms.commands.models import Command
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.records import actions as records
from qms.workflow.apply import check

from .. import events
from ..models import Hold, Nonconformance

LONGEST = 2000


def instruct(
    *,
    ncr: Nonconformance,
    by: Any,
    kind: str,
    text: str,
    valid_until: datetime | None = None,
    quantity: Decimal | None = None,
    hold: Hold | None = None,
    asked: Sequence[str] = (),
    uid: uuid.UUID | None = None,
    version: int | None = None,
) -> Nonconformance:
    """Ask the systems `asked` (every one of the site that takes this kind unless told). The same `uid` again changes nothing."""
    transition = ncr.workflow.transition("instruct")
    records.check_step(ncr, transition, by)
    purpose = _purpose(uid or uuid7(), hold)
    with transaction.atomic():
        row: Nonconformance = records.locked(ncr)
        if Command.objects.of(row).filter(purpose=purpose).exists():
            return row
        records.locked(ncr, version=version)
        check(row, transition)
        _check(row, kind, text, valid_until, hold)
        return _ask(
            row, by, purpose, _Wish(Ask(kind), text.strip(), valid_until, hold), _quantity(row, quantity, hold), asked
        )


@dataclass(frozen=True)
class _Wish:
    kind: Ask
    text: str
    until: datetime | None
    hold: Hold | None


def _ask(
    row: Nonconformance, by: Any, purpose: str, wish: _Wish, quantity: Decimal, asked: Sequence[str]
) -> Nonconformance:
    chosen = _chosen(row, wish.kind, asked)
    with journal.act(events.INSTRUCTED, by=by) as act:
        for target in chosen:
            handshake.request(
                record=row,
                kind=wish.kind,
                purpose=purpose,
                target=target.code,
                quantity=quantity,
                unit=row.unit,
                by=by,
                severity=row.severity,
                part=row.part_number,
                part_revision=row.part_revision,
                lot=wish.hold.lot_number if wish.hold else row.lot_number,
                order=row.order_number,
                operation=row.operation_name,
                serials=[one.number for one in row.serials.all()],
                text=wish.text,
                valid_until=wish.until,
            )
        act.record(row, _told(row, wish, quantity, chosen))
    return row


def _purpose(uid: uuid.UUID, hold: Hold | None) -> str:
    return f"hold:{hold.pk}:ask:{uid.hex[-16:]}" if hold else f"ask:{uid.hex}"


def _check(ncr: Nonconformance, kind: str, text: str, until: datetime | None, hold: Hold | None) -> None:
    if kind not in ASKED_BY_PEOPLE:
        raise Invalid(
            _("This is not asked of the shop floor by itself."),
            field="kind",
            hint=_("Holds and releases have acts of their own."),
        )
    if not 4 <= len(text.strip()) <= LONGEST and not any("一" <= c <= "鿿" for c in text):
        raise Invalid(
            _("Say what shall be done."), field="text", hint=_("The people at the machine read these very words.")
        )
    if until is not None and until <= now():
        raise Invalid(_("This time has passed."), field="valid_until", hint=_("Give a time to come, or none."))
    if hold is not None and hold.ncr_id != ncr.pk:
        raise Invalid(_("The hold belongs to another record."), field="hold")


def _quantity(ncr: Nonconformance, quantity: Decimal | None, hold: Hold | None) -> Decimal:
    most = hold.quantity if hold else ncr.affected_quantity
    if quantity is not None and not 0 < quantity <= most:
        raise Invalid(
            _("At most %(quantity)s are affected.") % {"quantity": f"{show(most)} {ncr.unit}"}, field="quantity"
        )
    return quantity or most


def _chosen(ncr: Nonconformance, kind: str, asked: Sequence[str]) -> list[targets.Target]:
    taking = targets.at(ncr.site_id, kind)
    codes = {target.code for target in taking}
    if unknown := [code for code in asked if code not in codes]:
        raise Invalid(
            _("%(target)s does not take this.") % {"target": unknown[0]},
            field="asked",
            hint=_("These do: %(targets)s.") % {"targets": ", ".join(sorted(codes)) or "–"},
        )
    if not taking:
        raise Invalid(
            _("No system of this site takes this."),
            field="kind",
            hint=_("The integration owner says in the interface's settings what it takes."),
        )
    return [target for target in taking if not asked or target.code in asked]


def _told(ncr: Nonconformance, wish: _Wish, quantity: Decimal, chosen: list[targets.Target]) -> events.Instructed:
    return events.Instructed(
        number=ncr.number,
        kind=wish.kind,
        text=wish.text,
        valid_until=canonical.instant(wish.until) if wish.until else "",
        quantity=show(quantity),
        unit=ncr.unit,
        targets=[target.code for target in chosen],
    )
