"""The frozen copy of a traveler: what stood behind the link when the NCR closed, kept as a file of the record under its SHA-256."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records import scanning, store
from qms.records.actions import ATTACHMENT_LIMIT, locked
from qms.records.models import Attachment

from .. import events
from ..models import Nonconformance, Traveler, TravelerSnapshot
from ..workflow import guards
from .travelers import told

# What comes after each try that failed; the last is followed by nothing.
AGAIN = (*(timedelta(minutes=m) for m in (1, 5, 30)), *(timedelta(hours=h) for h in (2, 8, 24)))
KINDS = {"application/pdf": "pdf", "application/xml": "xml", "application/json": "json"}


def freeze(*, ncr: Nonconformance, by: Any, is_closed: bool) -> int:
    """Asks for a copy of each linked traveler that has an address and none yet: when the NCR has closed, or before where its
    site wants it so. Returns of how many."""
    if not is_closed and not guards.freezes_first(ncr):
        return 0
    rows = Traveler.objects.filter(ncr=ncr, withdrawn_at=None, snapshot=None).exclude(url="")
    asker = getattr(by, "pk", None) or ncr.created_by_id
    made = [TravelerSnapshot(traveler=row, asked_at=now(), asked_by_id=asker, next_at=now()) for row in rows]
    return len(TravelerSnapshot.objects.bulk_create(made, ignore_conflicts=True))


def ask_again(*, traveler: Traveler, by: Any) -> TravelerSnapshot:
    """A person wants the copy now, or once more after it was given up."""
    access.check(by, "ncr.report", traveler.ncr)
    if not traveler.url:
        raise Conflict(
            _("This link has no address, so nothing can be copied."),
            hint=_("Attach the document itself to the record."),
        )
    with journal.act(events.TRAVELER_ASKED, by=by) as act:
        row, _is_new = TravelerSnapshot.objects.select_for_update().get_or_create(
            traveler=traveler, defaults={"asked_at": now(), "asked_by_id": by.pk}
        )
        if row.file_id or traveler.withdrawn_at:
            raise Conflict(_("A frozen copy of this record is kept already, or its link is withdrawn."))
        row.tries, row.next_at = 0, now()
        row.save(update_fields=["tries", "next_at"])
        act.record(traveler.ncr, told(traveler))
    return row


def keep_snapshot(*, snapshot: TravelerSnapshot, content: bytes, by: Any) -> TravelerSnapshot:
    """The bytes as a file of the record, also of a closed one: it is no part of what was signed. Raises Invalid for what is no
    PDF, XML or JSON, or too large."""
    kind = kind_of(content)
    traveler = snapshot.traveler
    name = store.plain_name(f"{traveler.system}-{traveler.record_id}.{KINDS[kind]}")
    sha256 = store.digest(content)
    scanning.check(subject=traveler.ncr, name=name, content=content, sha256=sha256, by=by)
    store.keep(content)
    with journal.act(events.TRAVELER_FROZEN, by=by) as act:
        row = TravelerSnapshot.objects.select_for_update().get(pk=snapshot.pk)
        if row.file_id:
            return row
        ncr = locked(traveler.ncr)
        row.file = Attachment.objects.create(
            record_type=ncr._meta.label_lower, record_key=str(ncr.pk), sha256=sha256, name=name, media_type=kind,
            size=len(content), by_id=row.asked_by_id,
        )  # fmt: skip
        row.kept_at, row.next_at, row.problem = now(), None, ""
        row.is_changed = bool(traveler.sha256) and traveler.sha256 != sha256
        row.save()
        act.record(ncr, told(traveler, sha256=sha256))
    return row


def claim_snapshot(*, snapshot: TravelerSnapshot, until: datetime, by: Any) -> bool:
    """False when another worker has it. The try counts from here, so that one that ends its process is not made for ever."""
    mine = TravelerSnapshot.objects.filter(pk=snapshot.pk, next_at=snapshot.next_at, file=None)
    if not mine.update(next_at=until, tries=F("tries") + 1):
        return False
    if snapshot.tries > len(AGAIN):
        snapshot_failed(snapshot=snapshot, problem="The last try was cut off before it ended.", is_final=True, by=by)
        return False
    return True


def snapshot_failed(*, snapshot: TravelerSnapshot, problem: str, is_final: bool, by: Any) -> TravelerSnapshot:
    """Told on the record the first time and when it is given up; in between it is tried again in silence. The try was counted when
    it was claimed."""
    with transaction.atomic():
        row: TravelerSnapshot = TravelerSnapshot.objects.select_for_update().get(pk=snapshot.pk)
        row.tries = max(row.tries, 1)
        gives_up = is_final or row.tries > len(AGAIN)
        row.next_at = None if gives_up else now() + AGAIN[row.tries - 1]
        row.problem = problem[:300]
        row.save(update_fields=["tries", "next_at", "problem"])
        if gives_up or row.tries == 1:
            with journal.act(events.TRAVELER_UNFROZEN, by=by) as act:
                act.record(snapshot.traveler.ncr, told(snapshot.traveler, problem))
    return row


def kind_of(content: bytes) -> str:
    """By content. A page of a login in HTML is no record."""
    if len(content) > ATTACHMENT_LIMIT or not content:
        raise Invalid(
            _("The copy is empty or larger than 25 MB."), code="size", hint=_("Attach the document itself, in parts.")
        )
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") and not re.search(rb"<!doctype|<html", start, re.IGNORECASE):
        return "application/xml"
    if start[:1] in (b"{", b"[") and _is_json(content):
        return "application/json"
    raise Invalid(
        _("The address answers with something that is no PDF, XML or JSON."),
        code="kind",
        hint=_("Link the address of the document itself, not of a page about it."),
    )


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
