"""Links to records of other systems, and whether they still lead anywhere."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.records.actions import check_reason, locked

from .. import events
from ..models import Hold, Nonconformance, Traveler, TravelerCheck

ADDRESS = re.compile(r"https?://[^\s/@]+(/\S*)?", re.IGNORECASE | re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """Names as the other system says them."""

    system: str
    record_id: str
    record_type: str = ""
    url: str = ""
    title: str = ""
    sha256: str = ""
    captured_at: datetime | None = None


def link_traveler(
    *,
    ncr: Nonconformance,
    pointer: Pointer,
    by: Any,
    hold: Hold | None = None,
    source_event: str = "",
    origin: str = "",
) -> Traveler:
    """The same record of the other system again changes nothing. Raises Invalid for an address that is none."""
    check_pointer(pointer)
    if hold is not None and hold.ncr_id != ncr.pk:
        raise Invalid(_("The hold belongs to another record."), field="hold")
    named = {name: getattr(pointer, name).strip() for name in ("system", "record_type", "record_id")}
    known = Traveler.objects.filter(ncr=ncr, withdrawn_at=None, **named).first()
    if known:
        return known
    with journal.act(events.TRAVELER_LINKED, by=by, source=origin) as act:
        row = Traveler.objects.create(
            ncr=ncr,
            site_id=ncr.site_id,
            hold=hold,
            url=pointer.url.strip(),
            title=pointer.title.strip(),
            sha256=pointer.sha256.lower(),
            captured_at=pointer.captured_at or now(),
            source_event=source_event,
            added_by_id=getattr(by, "pk", None),
            **named,
        )
        act.record(ncr, told(row))
    return row


def check_pointer(pointer: Pointer) -> None:
    if not pointer.system.strip() or not pointer.record_id.strip():
        raise Invalid(_("Name the system and the record there."), field="record_id")
    if pointer.url and not ADDRESS.fullmatch(pointer.url.strip()):
        raise Invalid(
            _("This is not an http or https address."), field="url", hint=_("Without user name and password.")
        )
    if pointer.sha256 and not SHA256.fullmatch(pointer.sha256):
        raise Invalid(_("A SHA-256 has 64 hexadecimal digits."), field="sha256")


def withdraw_traveler(*, traveler: Traveler, by: Any, reason: str) -> Traveler:
    """It was linked by mistake; that it was stays in the trail."""
    check_reason(reason)
    with journal.act(events.TRAVELER_WITHDRAWN, by=by, reason=reason) as act:
        row: Traveler = locked(traveler)
        if row.withdrawn_at is None:
            row.withdrawn_at = now()
            row.save(update_fields=["withdrawn_at"])
        act.record(row.ncr, told(row))
    return row


def traveler_checked(*, traveler: Traveler, problem: str, by: Any) -> TravelerCheck:
    """What the address answered today; the record is told once when it goes dead, and once when it is back."""
    before = TravelerCheck.objects.filter(traveler=traveler).first()
    was_dead = before is not None and before.dead_since is not None
    since = (before.dead_since if was_dead and before else now()) if problem else None
    made, _is_new = TravelerCheck.objects.update_or_create(
        traveler=traveler, defaults={"checked_at": now(), "dead_since": since, "problem": problem[:300]}
    )
    if bool(problem) != was_dead:
        event = events.TRAVELER_DEAD if problem else events.TRAVELER_BACK
        with journal.act(event, by=by) as act:
            act.record(traveler.ncr, told(traveler, problem))
    return made


def told(row: Traveler, problem: str = "", sha256: str = "") -> events.TravelerTold:
    return events.TravelerTold(
        number=row.ncr.number,
        system=row.system,
        record_type=row.record_type,
        record_id=row.record_id,
        url=row.url,
        sha256=sha256 or row.sha256,
        problem=problem,
    )
