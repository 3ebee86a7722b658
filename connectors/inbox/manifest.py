"""A sender's list of what it has sent, by id or as count and hash per hour, held against what came (integration-mes.md §8)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors import events
from connectors.models import Interface, Manifest, Quarantined
from qms import journal
from qms.lib import statement

MOST_KEPT = 10_000
EARLY = timedelta(minutes=5)  # clocks: what is told of an hour may have come a little before it

IDS = """
SELECT x.id, x.sha256, m.state, m.body_sha256
FROM json_to_recordset(%s::json) AS x(id text, sha256 text)
LEFT JOIN connectors_inboxmessage m ON m.source = %s AND m.message_id = x.id"""
# When it happened, as the event says; when it came, where it does not say or says no time.
HAPPENED = """
SELECT m.message_id, CASE WHEN pg_input_is_valid(b.told, 'timestamptz') THEN b.told::timestamptz ELSE m.received_at END AS at
FROM connectors_inboxmessage m CROSS JOIN LATERAL (SELECT convert_from(m.body, 'UTF8')::json ->> 'time' AS told) b
WHERE m.source = %(source)s AND m.received_at >= %(from)s"""
BETWEEN = (
    f'SELECT message_id FROM ({HAPPENED}) e WHERE at >= %(since)s AND at < %(until)s ORDER BY message_id COLLATE "C"'
)
HOURS = f"""
SELECT date_trunc('hour', at, 'UTC') AS hour, count(*),
    encode(sha256(convert_to(string_agg(message_id, E'\\n' ORDER BY message_id COLLATE "C"), 'UTF8')), 'hex')
FROM ({HAPPENED}) e WHERE at >= %(since)s AND at < %(until)s GROUP BY 1"""
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass
class Compared:
    """`missing_here`: to be sent again. `refused`: of those, what came and was not taken. `unknown_there`: came from this source and
    is not on the list. `different`: another body under the same id. `waiting`: here, and not applied yet."""

    told: int
    here: int
    missing_here: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown_there: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    hours: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, tuple[str, str]] = field(default_factory=dict)  # of `different`: our hash and theirs
    names: list[str] = field(default_factory=list)  # what the list tells, id by id or hour by hour

    @property
    def differing(self) -> int:
        ids = len(self.missing_here) + len(self.unknown_there) + len(self.different)
        return ids + sum(not hour["same"] for hour in self.hours)

    def plain(self) -> dict[str, Any]:
        names = ("missing_here", "refused", "unknown_there", "different", "waiting")
        return {**{name: getattr(self, name)[:MOST_KEPT] for name in names}, "hours": self.hours}


def compare_ids(
    *, source: str, ids: Sequence[Mapping[str, str]], since: datetime | None, until: datetime | None
) -> Compared:
    """`ids`: id and, where the sender keeps it, sha256 of the body. What is unknown there can only be said for a span of time."""
    rows = statement.rows(IDS, [json.dumps([dict(one) for one in ids]), source])
    found = Compared(len(rows), sum(state is not None for _id, _sha, state, _ours in rows))
    found.missing_here = sorted(key for key, _sha, state, _ours in rows if state is None)
    found.names = [key for key, *_rest in rows]
    found.bodies = {key: (ours, sha) for key, sha, state, ours in rows if state and sha and sha.lower() != ours}
    found.different = sorted(found.bodies)
    found.waiting = sorted(key for key, _sha, state, _ours in rows if state in ("NEW", "PARKED", "NEEDS_MAPPING"))
    if found.missing_here:
        plain = source.rpartition("|")[2]
        aside = Quarantined.objects.filter(source=plain, message_id__in=found.missing_here)
        found.refused = sorted(set(aside.values_list("message_id", flat=True)))
    if since and until:
        values = {"source": source, "since": since, "until": until, "from": since - EARLY}
        told = {key for key, *_rest in rows}
        found.unknown_there = [key for (key,) in statement.rows(BETWEEN, values) if key not in told]
    return found


def compare_hours(*, source: str, hours: Sequence[Mapping[str, Any]]) -> Compared:
    """`hours`: begin, count, sha256 of the ids in the order of their bytes, one a line. Only hours that are named are looked at."""
    first = min(hour["hour"] for hour in hours)
    until = max(hour["hour"] for hour in hours) + timedelta(hours=1)
    rows = statement.rows(HOURS, {"source": source, "since": first, "until": until, "from": first - EARLY})
    ours = {hour: (count, sha256) for hour, count, sha256 in rows}
    found = Compared(sum(hour["count"] for hour in hours), 0)
    for hour in sorted(hours, key=lambda one: one["hour"]):
        count, sha256 = ours.get(hour["hour"], (0, NOTHING))
        same = count == hour["count"] and (not hour.get("sha256") or hour["sha256"].lower() == sha256)
        found.here += count
        found.names.append(hour["hour"].isoformat())
        found.hours.append({"hour": hour["hour"].isoformat(), "there": hour["count"], "here": count, "same": same})
    return found


def keep(
    *, compared: Compared, source: str, site_id: int, since: datetime | None, until: datetime | None, by: Any
) -> Manifest:
    """The comparison as a run that people can look at."""
    code = source.partition("|")[0]
    interface = Interface.objects.filter(code=code).first()
    with journal.act(events.MANIFEST_COMPARED, by=by) as act:
        row = Manifest.objects.create(
            interface=interface,
            site_id=interface.site_id if interface else site_id,
            source=source,
            sender=by,
            is_hourly=bool(compared.hours),
            since=since,
            until=until,
            told=compared.told,
            here=compared.here,
            differing=compared.differing,
            found=compared.plain(),
        )
        told = events.ManifestCompared(source, compared.told, compared.here, compared.differing, str(row.uid))
        act.record(row, told)
    return row
