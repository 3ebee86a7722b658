"""Daemons say that they live and that they get on; /readyz and the interface page read it."""

from datetime import datetime, timedelta

from django.db import connection

BEAT = """
INSERT INTO journal_heartbeat (name, beat_at, progress_at, detail)
VALUES (%s, clock_timestamp(), CASE WHEN %s THEN clock_timestamp() END, %s)
ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, detail = excluded.detail,
    progress_at = coalesce(excluded.progress_at, journal_heartbeat.progress_at)"""


def beat(name: str, *, progress: bool = True, detail: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [name, progress, detail])


def silent(names: tuple[str, ...], *, now: datetime, after: timedelta = timedelta(seconds=30)) -> dict[str, str]:
    """Names that did not beat within `after`, with the time of the last beat ("never" when there was none)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, beat_at FROM journal_heartbeat WHERE name = ANY(%s)", [list(names)])
        seen = dict(cursor.fetchall())
    late = {name: seen.get(name) for name in names if name not in seen or now - seen[name] > after}
    return {name: at.isoformat() if at else "never" for name, at in late.items()}
