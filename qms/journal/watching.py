"""Is every entry sealed soon? Asked of the entries themselves, not of the sealer's own books."""

from typing import Any

from qms.lib import statement

from .findings import Finding

LIMIT_SECONDS, SILENT_SECONDS = 60, 30
# Everything behind the newest sealed entry, and what was numbered shortly before it by a transaction that ended later. One probe of
# the leaves for each, in the order of their numbers: their whole index is never read, however large it is.
LOOK_BACK, LOOK_AHEAD = 10_000, 10_000
OLDEST = f"""
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.ts)), 0)::float FROM (
    SELECT id, ts FROM journal_entry WHERE id > (SELECT coalesce(max(entry_id), 0) - {LOOK_BACK} FROM journal_leaf)
    ORDER BY id LIMIT {LOOK_BACK + LOOK_AHEAD}) e
LEFT JOIN LATERAL (SELECT true AS found FROM journal_leaf l WHERE l.entry_id = e.id LIMIT 1) sealed ON true WHERE sealed.found IS NULL"""
SEALER = (
    "SELECT beat_at, clock_timestamp() - beat_at > interval '30 seconds' FROM journal_heartbeat WHERE name = 'sealer'"
)
WRITER = """
SELECT pid, coalesce(nullif(application_name, ''), datname, '?'), extract(epoch FROM clock_timestamp() - xact_start)::int
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY age(backend_xid) DESC LIMIT 1"""


def oldest_unsealed() -> float:
    """Age of the oldest entry without a leaf, in seconds; 0 when there is none."""
    found = statement.one(OLDEST, [])
    assert found is not None
    return float(found[0])


def trouble() -> Finding | None:
    """An entry that waits for longer than a minute, half of it when no sealer lives; with the reason where one is to be seen."""
    age = oldest_unsealed()
    sealer = statement.one(SEALER, []) if age > min(LIMIT_SECONDS, SILENT_SECONDS) else None
    is_silent = sealer is None or bool(sealer[1])
    if age <= (SILENT_SECONDS if is_silent else LIMIT_SECONDS):
        return None
    values: dict[str, Any] = {"seconds": int(age)}
    if is_silent:
        since = f"{sealer[0]:%Y-%m-%d %H:%M:%S} UTC" if sealer else "–"
        return Finding("sealer_silent", {**values, "since": since})
    writer = statement.one(WRITER, [])
    if writer and (writer[2] or 0) > LIMIT_SECONDS // 2:
        pid, program, seconds = writer
        return Finding("horizon_held", {**values, "pid": pid, "program": program, "open": seconds})
    return Finding("unsealed", values)
