"""Signing with a fresh sign-in at the identity provider instead of a password (ADR 20).

What is about to be signed waits in a row; the question to the provider is tied to its digest, and its answer opens exactly this
signing, once, in the session that began it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from qms import journal
from qms.accounts.models import User, normalised
from qms.lib import canonical, clock

from . import events
from .models import StepUp
from .series import Place

WAITS, COUNTS, FORGET = timedelta(minutes=15), timedelta(minutes=5), timedelta(days=1)


def digest(
    *, number: str, version: int | None, meaning: str, sentence: str, entered: list[list[str]], path: str
) -> str:
    """Of record, version, meaning, sentence and everything the signer entered."""
    told = {"meaning": meaning, "number": number, "sentence": sentence, "version": version}
    return canonical.digest({**told, "entered": sorted(entered), "path": path})


def begin(*, by: User, place: Place | None, username: str, **told: Any) -> StepUp:
    """`told`: number, meaning, bound, path, entered, shown."""
    moment = clock.now()
    StepUp.objects.filter(begun_at__lt=moment - FORGET).delete()
    return StepUp.objects.create(
        user=by, session=place.session if place else "", username=username[:60], begun_at=moment, **told
    )


def waiting(*, by: User, place: Place | None, uid: UUID) -> StepUp | None:
    """One's own, of this very session, neither used nor too old."""
    if place is None:
        return None
    rows = StepUp.objects.filter(user=by, session=place.session, used_at=None)
    return rows.filter(uid=uid, begun_at__gte=clock.now() - WAITS).first()


def prove(row: StepUp, *, issuer: str, claims: Mapping[str, Any]) -> StepUp:
    amr = claims.get("amr")
    at = datetime.fromtimestamp(float(claims["auth_time"]), UTC)
    row.proved_at = clock.now()
    row.proof = {"acr": str(claims.get("acr") or ""), "at": canonical.instant(at)}
    told = events.SteppedUp(
        number=row.number,
        meaning=row.meaning,
        issuer=issuer,
        subject=str(claims["sub"]),
        auth_time=canonical.instant(at),
        acr=str(claims.get("acr") or ""),
        amr=",".join(str(each) for each in amr) if isinstance(amr, list) else "",
    )
    with journal.act(events.STEPPED_UP, by=row.user) as act:
        row.save(update_fields=["proved_at", "proof"])
        act.record(f"record:{row.number}", told)
    return row


def is_proved(row: StepUp | None) -> bool:
    return bool(row and row.proved_at and clock.now() - row.proved_at <= COUNTS)


def take(*, by: User, given: Any, number: str, meaning: str, with_id: bool) -> bool:
    """Uses it up; True when it was proved for exactly this signing. `with_id`: the user id was asked for as well."""
    row = _found(by, given.place, given.step_up)
    if row is None or not StepUp.objects.filter(pk=row.pk, used_at=None).update(
        used_at=clock.now(), entered=[], shown={}
    ):
        return False
    same = (row.number, row.meaning, row.bound) == (number, meaning, given.bound)
    named = not with_id or normalised(row.username) == by.username_key
    return same and named and is_proved(row)


def is_late(*, by: User, place: Place | None, uid: str) -> bool:
    """Proved, and then waited too long: asked for again, and counted for nothing."""
    row = _found(by, place, uid)
    return bool(row and row.proved_at and not is_proved(row))


def _found(by: User, place: Place | None, uid: str) -> StepUp | None:
    try:
        return waiting(by=by, place=place, uid=UUID(uid))
    except ValueError:
        return None
