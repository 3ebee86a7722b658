"""Checkpoints leave the database: within five minutes the note of the newest seal stands at every place outside.

An anchor is a row of its own and no entry of the trail: as an entry it would need an anchor, and that one the next.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from qms.lib import statement
from qms.lib.clock import now

from . import timestamps
from .findings import Finding
from .models import Anchor, Seal

DIRECTORY, MAIL, TSA = "directory", "mail", "tsa"
EVERY, LATE = timedelta(seconds=270), timedelta(minutes=15)
LOCK = 7_265_616_102
WAITING = """SELECT sealed_at FROM journal_seal WHERE n > coalesce(
    (SELECT max(seal) FROM journal_anchor WHERE place = %s AND problem = ''), 0) ORDER BY n LIMIT 1"""


class Differs(Exception):
    """The place already holds another note for this very size: one of the two trails was rewritten."""


@dataclass(frozen=True)
class Place:
    name: str
    where: str
    put: Callable[[Any], bytes | None]  # what came back, to be kept
    every: timedelta = EVERY

    @property
    def late(self) -> timedelta:
        return self.every - EVERY + LATE


def places() -> list[Place]:
    found = []
    if settings.ANCHOR_DIR:
        found.append(Place(DIRECTORY, str(settings.ANCHOR_DIR), _into_directory))
    if settings.ANCHOR_MAIL:
        found.append(Place(MAIL, ", ".join(settings.ANCHOR_MAIL), _by_mail))
    if settings.TSA_URL:
        found.append(Place(TSA, settings.TSA_URL, _time_stamped, timestamps.EVERY))
    return found


def is_on_this_machine_only() -> bool:
    return settings.ANCHOR_DIR_IS_DEFAULT and not settings.ANCHOR_MAIL and not settings.TSA_URL


def anchor_due() -> list[Anchor]:
    """Bring the newest checkpoint to every place that waits for one; one worker at a time. What failed is a row too."""
    with transaction.atomic():
        held = statement.one("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        seal = Seal.objects.order_by("-n").first() if held and held[0] else None
        if seal is None:
            return []
        made = [_anchored(place, seal) for place in places() if _is_due(place, seal)]
        return Anchor.objects.bulk_create(made)


def _is_due(place: Place, seal: Any) -> bool:
    last = Anchor.objects.filter(place=place.name).order_by("-pk").first()
    if last is None:
        return True
    is_news = bool(last.problem) or last.seal < seal.n
    return is_news and now() - last.at >= (EVERY if last.problem else place.every)


def _anchored(place: Place, seal: Any) -> Anchor:
    token, problem = None, ""
    try:
        token = place.put(seal)
    except (OSError, Differs, timestamps.NotStamped) as why:  # smtplib's errors are OSErrors
        problem = f"{type(why).__name__}: {why}"
    return Anchor(place=place.name, where=place.where, seal=seal.n, size=seal.size, problem=problem[:300], token=token)


def _into_directory(seal: Any) -> None:
    """One file per checkpoint, never written again."""
    path = Path(settings.ANCHOR_DIR) / f"{seal.sealed_at:%Y-%m}" / f"{seal.size:015d}.note"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = seal.signed_note.encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    except FileExistsError:
        if path.read_bytes() != content:
            raise Differs(path.name) from None
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def _time_stamped(seal: Any) -> bytes:
    return timestamps.stamped(seal.signed_note)


def newest_token(size: int) -> dict[str, Any] | None:
    """The newest time-stamp on a checkpoint of at most this many entries, for a bundle."""
    rows = Anchor.objects.filter(place=TSA, problem="", size__lte=size, token__isnull=False)
    row = rows.order_by("-pk").first()
    if row is None or row.token is None:
        return None
    return timestamps.told(Seal.objects.get(n=row.seal).signed_note, row.where, bytes(row.token))


def _by_mail(seal: Any) -> None:
    mail = EmailMessage(
        f"QMS checkpoint {seal.size}", seal.signed_note, settings.DEFAULT_FROM_EMAIL, settings.ANCHOR_MAIL
    )
    mail.extra_headers = {"Auto-Submitted": "auto-generated"}
    mail.send()


def kept() -> Iterator[tuple[str, str]]:
    """(file, note) of every checkpoint in the directory, the oldest first."""
    folder = Path(settings.ANCHOR_DIR) if settings.ANCHOR_DIR else None
    for path in sorted(folder.glob("*/*.note")) if folder else ():
        yield f"{path.parent.name}/{path.name}", path.read_bytes().decode(errors="replace")


def trouble() -> Finding | None:
    """A place that refused the last checkpoint, or that one should have reached a quarter of an hour ago."""
    for place in places():
        last = Anchor.objects.filter(place=place.name).order_by("-pk").first()
        if last and last.problem:
            return Finding("anchor_failed", {"place": place.where, "why": last.problem})
        since = waiting_since(place)
        if since and now() - since > place.late:
            return Finding("anchor_late", {"place": place.where, "since": f"{since:%Y-%m-%d %H:%M} UTC"})
    return None


def waiting_since(place: Place) -> datetime | None:
    """When the oldest seal was made that this place knows nothing of."""
    found = statement.one(WAITING, [place.name])
    return found[0] if found else None
