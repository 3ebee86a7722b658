"""A sender's list is a reconciliation like any other: its differences are typed, aged, owned and resolved, and stand on the day sheet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.inbox import manifest
from connectors.inbox.places import may_write
from connectors.mes_messages import fit
from connectors.models import Difference, DifferenceKind, InboxMessage, Interface, Manifest, Origin, ReconcileRun
from connectors.models.reconcile import HOURS, MESSAGES
from connectors.reconcile import settle
from connectors.reconcile.seen import Count, Seen

from . import daysheets

MOST = 5_000  # differences that one list may make


def keep(
    *,
    compared: manifest.Compared,
    source: str,
    site_id: int,
    since: datetime | None,
    until: datetime | None,
    by: Any,
) -> Manifest:
    """The comparison as it was made; where the source is an interface of ours, as a run with differences too."""
    with transaction.atomic():
        row = manifest.keep(compared=compared, source=source, site_id=site_id, since=since, until=until, by=by)
        interface = row.interface
        if interface and may_write(by, interface.site_id):
            Interface.objects.select_for_update().get(pk=interface.pk)
            _reconciled(interface, compared, source, by)
            daysheets.renew(interface=interface, by=by)
    return row


def _reconciled(interface: Interface, compared: manifest.Compared, source: str, by: Any) -> ReconcileRun:
    object = HOURS if compared.hours else MESSAGES
    seen = hours_of(compared, source) if compared.hours else messages_of(compared, source)
    among = {fit(f"{owner(source)}{name}", 80) for name in compared.names}
    if object == MESSAGES:
        among |= arrived(interface, source)
    kept, among = seen[:MOST], among - {one.key for one in seen[MOST:]}  # what is not written is not gone either
    run = ReconcileRun.objects.create(
        interface=interface,
        origin=Origin.MANIFEST,
        asked_by=by.actor().name[:120],
        compared=max(compared.told, compared.here),
    )
    done = settle(run=run, seen=kept, objects={object}, among=among, by=by)
    count = Count(object, here=compared.here, there=compared.told, found=len(seen), windows=len(compared.hours))
    count.differing = sum(not hour["same"] for hour in compared.hours)
    ReconcileRun.objects.filter(pk=run.pk).update(
        started_at=Now(), finished_at=Now(), counts=[count.plain()], found=len(seen), opened=done.opened + done.reopened,
        closed=done.closed, note=note_of(len(seen), source),
    )  # fmt: skip
    run.refresh_from_db()
    return run


def owner(source: str) -> str:
    """Before the keys and names of a sender that is not the interface itself: each has its own differences."""
    said = source.partition("|")[2]
    return f"{said}|" if said else ""


def note_of(found: int, source: str) -> str:
    said = source.partition("|")[2]
    notes = [_("Of the sender %(sender)s.") % {"sender": said}] if said else []
    if found > MOST:
        notes.append(_("More than %(most)s differences; these are listed.") % {"most": MOST})
    return "\n".join(notes)


def arrived(interface: Interface, source: str) -> set[str]:
    """What was missing here and has come since, whether or not this list names it."""
    mine = owner(source)
    rows = Difference.objects.open().filter(
        interface=interface, object=MESSAGES, kind=DifferenceKind.MISSING_HERE, name__startswith=mine
    )
    keys = {name.removeprefix(mine): key for name, key in rows.values_list("name", "key")}
    come = InboxMessage.objects.filter(source=source, message_id__in=keys)
    return {keys[name] for name in come.values_list("message_id", flat=True)}


def messages_of(compared: manifest.Compared, source: str) -> list[Seen]:
    """`waiting` is no difference: it stands on the error desk."""
    refused, mine = set(compared.refused), owner(source)
    missing = [
        _seen(mine, key, DifferenceKind.MISSING_HERE, [["state", "refused" if key in refused else "", "sent"]])
        for key in compared.missing_here
    ]
    numbers = numbers_of(source, [*compared.different, *compared.unknown_there])
    differing = [
        _seen(mine, key, DifferenceKind.DIFFERS, [["sha256", *compared.bodies[key]]], numbers)
        for key in compared.different
    ]
    unknown = [
        _seen(mine, key, DifferenceKind.MISSING_THERE, [["state", "received", ""]], numbers)
        for key in compared.unknown_there
    ]
    return missing + differing + unknown


def _seen(
    mine: str, key: str, kind: DifferenceKind, fields: list[list[str]], numbers: dict[str, str] | None = None
) -> Seen:
    record, name = (numbers or {}).get(key, ""), f"{mine}{key}"
    return Seen(MESSAGES, fit(name, 80), str(kind), fit(name, 120), record=record, fields=fields)


def hours_of(compared: manifest.Compared, source: str) -> list[Seen]:
    mine = owner(source)
    return [
        Seen(
            HOURS, fit(f"{mine}{hour['hour']}", 80), str(DifferenceKind.DIFFERS),
            fit(f"{mine}{hour['hour'][:16].replace('T', ' ')}", 120),
            fields=[["count", str(hour["here"]), str(hour["there"])]],
        )
        for hour in compared.hours
        if not hour["same"]
    ]  # fmt: skip


def numbers_of(source: str, names: Collection[str]) -> dict[str, str]:
    """Which record a message has made or changed."""
    rows = InboxMessage.objects.filter(source=source, message_id__in=names).exclude(record_number="")
    return dict(rows.values_list("message_id", "record_number"))
