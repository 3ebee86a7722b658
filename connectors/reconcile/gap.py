"""The gap report of a downtime: what was expected and did not come, what waited and when it left, where the sender's counting
jumps, and what differs since."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.db.models import Q

from connectors.models import Delivery, Difference, Direction, Downtime, Flow, InboxMessage, Kind, SyncRun
from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.lib import canonical
from qms.lib.clock import now
from qms.office import calendars

MOST_LINES = 1_000
TOLD = """CROSS JOIN LATERAL (SELECT convert_from(m.body, 'UTF8') AS text) t
    CROSS JOIN LATERAL (SELECT CASE WHEN pg_input_is_valid(t.text, 'jsonb') THEN t.text::jsonb END AS told) b"""
HAPPENED = f"""
SELECT count(*) FROM connectors_inboxmessage m {TOLD}
WHERE m.interface_id = %s AND m.message_type = %s AND m.received_at >= %s
  AND pg_input_is_valid(b.told ->> 'time', 'timestamptz')
  AND (b.told ->> 'time')::timestamptz >= %s AND (b.told ->> 'time')::timestamptz < %s"""
# Within one defect the sender counts its messages.
JUMPS = f"""
SELECT defect, before, number, count(*) OVER () FROM (
    SELECT defect, number, lag(number) OVER (PARTITION BY defect ORDER BY number) AS before FROM (
        SELECT b.told -> 'data' ->> 'defect_id' AS defect, (b.told -> 'data' ->> 'sequence')::bigint AS number
        FROM connectors_inboxmessage m
        {TOLD}
        WHERE m.interface_id = %s AND m.received_at >= %s AND m.message_type LIKE 'mes.defect.%%'
          AND b.told -> 'data' ->> 'sequence' ~ '^[0-9]{{1,18}}$'
    ) one
) two WHERE number > before + 1 ORDER BY defect, number LIMIT %s"""


def content(window: Downtime, at: dt.datetime | None = None) -> dict[str, Any]:
    """As plain values. `expected` of an inward flow: how many its plan asks for within the window's working time. `left_out`: how many
    lines of a list are counted and not kept."""
    end = window.ended_at or at or now()
    waited, differing = _buffered(window, end), _differences(window)
    jumps, jumped = _jumps(window)
    provisional = _provisional(window, end)
    counts = {
        "buffered": waited.count(), "jumps": jumped, "provisional": len(provisional), "differences": differing.count()
    }  # fmt: skip
    return {
        "expected": _expected(window, end),
        "buffered": [_posting(row) for row in waited.select_related("posting").order_by("pk")[:MOST_LINES]],
        "left": waited.filter(state="WAITING").count(),
        "jumps": jumps,
        "provisional": provisional[:MOST_LINES],
        "reconciliation": _reconciled(window),
        "differences": [_difference(row) for row in differing.order_by("pk")[:MOST_LINES]],
        "left_out": {name: count - MOST_LINES for name, count in counts.items() if count > MOST_LINES},
    }


def missing(report: dict[str, Any]) -> int:
    return sum(row["missing"] for row in report.get("expected", ()))


def _expected(window: Downtime, end: dt.datetime) -> list[dict[str, Any]]:
    calendar = calendars.of(window.interface.site)
    rows = Flow.objects.filter(interface=window.interface, direction=Direction.IN).exclude(
        every=None, learned_every=None
    )
    return [_flow(flow, window, end, calendar) for flow in rows.order_by("object")]


def _flow(flow: Flow, window: Downtime, end: dt.datetime, calendar: calendars.Calendar) -> dict[str, Any]:
    span = end - window.begins_at
    worked = calendar.worked(window.begins_at, end) if flow.in_plant_hours else span
    expected = int(worked.total_seconds() // flow.expected)
    if window.interface.is_read and window.interface.kind == Kind.ERP:
        came, late = _read(window, end)
        lost = 0 if late else max(expected - came, 0)  # one reading afterwards brings all that changed
    else:
        came, late = _heard(flow, window, end)
        lost = max(expected - came - late, 0)
    told = {"object": flow.object, "every": flow.expected, "expected": expected}
    return {**told, "came": came, "late": late, "missing": lost}


def _read(window: Downtime, end: dt.datetime) -> tuple[int, int]:
    """Readings that went through, within the window and since."""
    good = SyncRun.objects.filter(interface=window.interface, problem="", is_trial=False, finished_at__isnull=False)
    within = good.filter(finished_at__gte=window.begins_at, finished_at__lt=end)
    return within.count(), good.filter(started_at__gte=end).count()


def _heard(flow: Flow, window: Downtime, end: dt.datetime) -> tuple[int, int]:
    """Received within the window; and since, of what happened within it."""
    rows = InboxMessage.objects.filter(interface=window.interface, message_type=flow.object)
    within = rows.filter(received_at__gte=window.begins_at, received_at__lt=end).count()
    with connection.cursor() as cursor:
        cursor.execute(HAPPENED, [window.interface_id, flow.object, end, window.begins_at, end])
        return within, int(cursor.fetchone()[0])


def _buffered(window: Downtime, end: dt.datetime) -> Any:
    """Asked for before the end and not sent before the beginning. A dead letter or a shadow waits for a person, not for us."""
    later = Q(posting__sent_at=None) | Q(posting__sent_at__gte=window.begins_at)
    rows = Delivery.objects.filter(later, interface=window.interface, made_at__lt=end)
    return rows.filter(
        Q(made_at__gte=window.begins_at) | Q(posting__sent_at__gte=window.begins_at) | Q(state="WAITING")
    )


def _posting(row: Delivery) -> dict[str, Any]:
    posting = row.posting
    return {
        "reference": posting.reference, "record": posting.record_number, "kind": posting.kind,
        "asked": canonical.instant(row.made_at), "sent": canonical.instant(posting.sent_at) if posting.sent_at else "",
        "state": posting.state, "document": posting.document_number, "waits": row.state == "WAITING",
    }  # fmt: skip


def _jumps(window: Downtime) -> tuple[list[dict[str, Any]], int]:
    """The first of them, and how many there are."""
    if window.interface.kind != Kind.MES:
        return [], 0
    with connection.cursor() as cursor:
        cursor.execute(JUMPS, [window.interface_id, window.begins_at, MOST_LINES])
        rows = cursor.fetchall()
    return [{"defect": row[0], "after": row[1], "next": row[2]} for row in rows], rows[0][3] if rows else 0


def _provisional(window: Downtime, end: dt.datetime) -> list[dict[str, Any]]:
    """Lots that were named within the window before the ERP told of them, by record: matched since, or still a name."""
    if window.interface.kind != Kind.ERP:
        return []
    rows = Nonconformance.objects.filter(site=window.site_id, created_at__gte=window.begins_at, created_at__lt=end)
    named = {str(row.pk): row for row in rows.exclude(lot_number="").select_related("lot")}
    told = Entry.objects.filter(
        event="ncr.lot_matched", object_type=Nonconformance._meta.label_lower, object_key__in=named
    )
    matched = {entry.object_key: json.loads(entry.payload)["data"] for entry in told.order_by("pk")}
    found = [
        {
            "record": row.number,
            "name": matched.get(key, {}).get("name", row.lot_number),
            "lot": row.lot.number if row.lot else "",
        }
        for key, row in named.items()
        if row.lot is None or key in matched
    ]
    return sorted(found, key=lambda line: line["record"])


def _reconciled(window: Downtime) -> dict[str, Any]:
    run = window.run
    if run is None:
        return {}
    return {
        "run": str(run.uid), "compared": run.compared, "found": run.found, "new": run.opened, "problem": run.problem,
        "finished": canonical.instant(run.finished_at) if run.finished_at else "",
    }  # fmt: skip


def _differences(window: Downtime) -> Any:
    """Seen for the first time by the run at the end."""
    if window.run is None:
        return Difference.objects.none()
    return Difference.objects.filter(interface=window.interface, first_seen_at__gte=window.run.asked_at)


def _difference(row: Difference) -> dict[str, Any]:
    """With what became of it."""
    return {"object": row.object, "name": row.name or row.key, "kind": row.kind, "resolution": row.resolution}
