"""The sheet of the day: what was compared over an interface and what became of each difference, for a person to sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import DaySheet, Difference, Interface, ReconcileRun
from qms import journal
from qms.accounts import access
from qms.lib import canonical
from qms.lib.errors import Conflict
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

SIGN = "day_sheet.sign"
MOST_LINES = 2_000


def day_of(interface: Interface, at: dt.datetime) -> dt.date:
    """The plant's day."""
    return at.astimezone(ZoneInfo(interface.site.timezone)).date()


def prepare(*, interface: Interface, day: dt.date, by: Any, uid: UUID | None = None) -> DaySheet:
    """The sheet of a day on which something was compared; while one is open, the same. Raises Conflict without a run."""
    access.check(by, SIGN, interface)
    if uid and (known := DaySheet.objects.filter(uid=uid, created_by=by).first()):
        return known
    return _prepare(interface, day, by, by, uid)


def of_night(*, interface: Interface, day: dt.date, by: Any) -> DaySheet | None:
    """By the system after the nightly run, in the name of the interface's owner; without one a person prepares it."""
    return _prepare(interface, day, interface.owner, by) if interface.owner else None


def _prepare(interface: Interface, day: dt.date, author: Any, by: Any, uid: UUID | None = None) -> DaySheet:
    if held := DaySheet.objects.filter(interface=interface, day=day, state="DRAFT").first():
        return held
    told = content(interface, day)
    if not told["runs"]:
        raise Conflict(
            _("Nothing was compared over %(interface)s on %(day)s.") % {"interface": interface.name, "day": f"{day}"},
            hint=_("Reconcile the interface first; then prepare the sheet."),
            code="nothing_compared",
        )
    with transaction.atomic():
        Interface.objects.select_for_update().get(pk=interface.pk)
        if held := DaySheet.objects.filter(interface=interface, day=day, state="DRAFT").first():
            return held
        return _drafted(interface, day, author, by, uid, told)


def _drafted(
    interface: Interface, day: dt.date, author: Any, by: Any, uid: UUID | None, told: dict[str, Any]
) -> DaySheet:
    with journal.act(events.SHEET_DRAFTED, by=by) as act:
        made = DaySheet.objects.create(
            uid=uid or uuid7(), site_id=interface.site_id, state="DRAFT", created_by=author, interface=interface,
            day=day, **told,
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def renew(*, interface: Interface, by: Any) -> None:
    """After a difference was seen, assigned or resolved: open sheets count again, so that nobody signs for what was."""
    for held in DaySheet.objects.filter(interface=interface, state="DRAFT").select_related("interface__site"):
        told = content(held.interface, held.day)
        if all(getattr(held, name) == value for name, value in told.items()):
            continue
        with transaction.atomic():
            drafts = DaySheet.objects.select_for_update(of=("self",)).select_related("interface")
            if row := drafts.filter(pk=held.pk, state="DRAFT").first():
                _renewed(row, told, by)


def _renewed(row: DaySheet, told: dict[str, Any], by: Any) -> None:
    with journal.act(events.SHEET_RENEWED, by=by) as act:
        for name, value in told.items():
            setattr(row, name, value)
        row.version += 1
        row.save(update_fields=[*told, "version"])
        act.record(row, changed(row))


def content(interface: Interface, day: dt.date) -> dict[str, Any]:
    """What the sheet tells, as plain values."""
    zone = ZoneInfo(interface.site.timezone)
    begins = dt.datetime.combine(day, dt.time(), zone)
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    runs = list(
        ReconcileRun.objects.filter(interface=interface, asked_at__gte=begins, asked_at__lt=ends)
        .exclude(finished_at=None)
        .order_by("pk")
    )
    rows = Difference.objects.filter(interface=interface, first_seen_at__lt=ends)
    rows = rows.filter(Q(resolved_at=None) | Q(resolved_at__gte=begins)).select_related("assigned_to", "resolved_by")
    lines = [_line(row) for row in rows.order_by("pk")[:MOST_LINES]]
    return {
        "runs": [_run(run) for run in runs],
        "counts": runs[-1].counts if runs else [],
        "compared": runs[-1].compared if runs else 0,
        "lines": lines,
        "open_count": rows.filter(resolved_at=None).count(),
        "resolved_count": rows.exclude(resolved_at=None).count(),
    }


def _run(run: ReconcileRun) -> dict[str, Any]:
    return {
        "run": str(run.uid), "kind": run.origin, "by": run.asked_by, "at": canonical.instant(run.asked_at),
        "compared": run.compared, "found": run.found, "problem": run.problem, "note": run.note,
    }  # fmt: skip


def _line(row: Difference) -> dict[str, Any]:
    return {
        "object": row.object, "key": row.key, "name": row.name, "kind": row.kind, "fields": row.fields,
        "record": row.record_number, "assigned": str(row.assigned_to or ""), "resolution": row.resolution,
        "reason": row.reason, "by": str(row.resolved_by or ""), "reopened": row.reopened,
    }  # fmt: skip


def sign(*, daysheet: DaySheet, by: Any, signing: Signing | None, version: int | None = None) -> DaySheet:
    return _step(daysheet, "sign", by, version=version, signing=signing)


def cancel(*, daysheet: DaySheet, by: Any, reason: str, version: int | None = None) -> DaySheet:
    return _step(daysheet, "cancel", by, version=version, reason=reason)


def _step(record: DaySheet, name: str, by: Any, **options: Any) -> DaySheet:
    row: DaySheet = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: DaySheet) -> events.Sheet:
    return events.Sheet(
        number=row.number, interface=row.interface.code, day=f"{row.day:%Y-%m-%d}", compared=row.compared,
        open=row.open_count, resolved=row.resolved_count,
    )  # fmt: skip


DAYSHEET_STEPS: dict[str, Callable[..., DaySheet]] = {"sign": sign, "cancel": cancel}
