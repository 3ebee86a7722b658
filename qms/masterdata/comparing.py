"""What a source tells now beside what we hold: counts and keyed hashes by day of change, then row by row where they differ.

The rows told are staged in the mirror's own columns, so both sides are hashed by the same expression and a column that was
altered here is found as well as one that was altered there. Nothing of the mirror is written.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from .specs import SPECS, Spec
from .upsert import PLACEHOLDER, Row, _columns, _copy

SHOWN, LONGEST = 12, 120
NEVER = "0001-01-01"


@dataclass(frozen=True)
class Window:
    """One day of changes: how many rows stand on each side, and whether they are the same rows with the same content."""

    day: str
    here: int
    there: int
    same: bool


@dataclass(frozen=True)
class Found:
    """`kind`: missing_here, missing_there or differs. `owner`: key of the document that lists this line. Moments by the
    source's clock (`here_at`, `there_at`: changed) and by ours (`taken_at`)."""

    key: str
    kind: str
    number: str
    owner: str
    here_at: dt.datetime | None
    there_at: dt.datetime | None
    taken_at: dt.datetime | None
    fields: list[list[str]]


class Told:
    """The rows of one object as its source tells them now, in a temporary table."""

    def __init__(self, *, object: str, source: str) -> None:
        self.spec: Spec = SPECS[object]
        self.source, self.table = source, f"qms_told_{object.replace('-', '_')}"

    def __enter__(self) -> "Told":
        names = ", ".join(_columns(self.spec))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{self.table}")
            cursor.execute(f"CREATE TEMP TABLE {self.table} AS SELECT {names} FROM {self.spec.table} WITH NO DATA")
        return self

    def __exit__(self, *_: Any) -> None:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{self.table}")

    def add(self, rows: Iterable[Row]) -> None:
        """A key that comes again counts as it came last: pages overlap while the source changes."""
        told = {row["external_id"]: row for row in rows}
        if told:
            with connection.cursor() as cursor:
                _copy(
                    cursor,
                    f"{self.table} ({', '.join(_columns(self.spec))})",
                    (r.prepare(self.spec).line for r in told.values()),
                )

    def close(self) -> None:
        """Everything was told: of a key that came twice the last row stays."""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX ON {self.table} (external_id)")
            cursor.execute(
                f"DELETE FROM {self.table} a USING {self.table} b WHERE a.external_id = b.external_id AND a.ctid < b.ctid"
            )
            cursor.execute(f"ANALYZE {self.table}")

    def again(self, keys: Iterable[str], rows: Iterable[Row]) -> None:
        """These keys were asked for once more: what was told of them before no longer counts."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.table} WHERE external_id = ANY(%s)", [list(keys)])
        self.add(rows)

    @property
    def _ours(self) -> str:
        return f"(SELECT * FROM {self.spec.table} WHERE source = %(source)s AND gone_at IS NULL AND external_id NOT LIKE %(mock)s)"

    @property
    def _given(self) -> dict[str, Any]:
        return {"source": self.source, "mock": f"{PLACEHOLDER}%"}

    def _hash(self, name: str) -> str:
        columns = [c for c in _columns(self.spec) if c not in ("changed_at", "external_id", "content")]
        told = ", ".join(f"{name}.{c}" for c in columns)
        # The content itself too, whether or not its hash was kept in step with it.
        return f"md5(ROW({told}, md5({name}.content))::text)"

    def windows(self) -> list[Window]:
        day = f"coalesce((changed_at AT TIME ZONE 'UTC')::date, '{NEVER}')"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH both_sides AS (
                        SELECT {day} AS day, external_id || ':' || {self._hash("t")} AS k, 1 AS here, 0 AS there
                        FROM {self._ours} t
                        UNION ALL
                        SELECT {day}, external_id || ':' || {self._hash("s")}, 0, 1 FROM {self.table} s)
                    SELECT day::text, sum(here), sum(there),
                        md5(coalesce(string_agg(k, ',' ORDER BY k COLLATE "C") FILTER (WHERE here = 1), ''))
                        = md5(coalesce(string_agg(k, ',' ORDER BY k COLLATE "C") FILTER (WHERE there = 1), ''))
                    FROM both_sides GROUP BY day ORDER BY day""",
                self._given,
            )
            return [Window(*row) for row in cursor.fetchall()]

    def differences(self, days: list[str], limit: int) -> list[Found]:
        """Rows of these days (of either side's) that are not the same, by key."""
        owner = f"{self.spec.owner}_ref" if self.spec.owner else "''"
        own = [c for c in _columns(self.spec) if c not in ("changed_at", "external_id", "content", "content_hash")]
        pairs = ", ".join(f"t.{c}::text, s.{c}::text" for c in own)
        t_owner, s_owner = (f"{n}.{owner}" if self.spec.owner else "''" for n in "ts")
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(t.external_id, s.external_id), t.external_id IS NULL, s.external_id IS NULL,
                        coalesce(s.number, t.number), coalesce({s_owner}, {t_owner}), t.changed_at, s.changed_at,
                        t.synced_at, t.content, s.content, ARRAY[{pairs}]
                    FROM {self._ours} t FULL JOIN {self.table} s ON s.external_id = t.external_id
                    WHERE (t.external_id IS NULL OR s.external_id IS NULL OR {self._hash("t")} <> {self._hash("s")})
                      AND (coalesce((t.changed_at AT TIME ZONE 'UTC')::date, '{NEVER}') = ANY(%(days)s::date[])
                        OR coalesce((s.changed_at AT TIME ZONE 'UTC')::date, '{NEVER}') = ANY(%(days)s::date[]))
                    ORDER BY 1 LIMIT %(limit)s""",
                {**self._given, "days": days, "limit": limit},
            )
            return [_found(row, own) for row in cursor.fetchall()]

    def doubles(self, keys: list[str]) -> dict[str, str]:
        """Of these keys those whose number (and part) another row told carries too: key → the other key."""
        same = " AND a.item_ref = b.item_ref" if "item_ref" in self.spec.refs else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT a.external_id, min(b.external_id) FROM {self.table} a JOIN {self.table} b ON b.number = a.number"
                f" AND b.external_id <> a.external_id{same} WHERE a.external_id = ANY(%s) AND a.number <> ''"
                " GROUP BY 1",
                [keys],
            )
            return dict(cursor.fetchall())


def _found(row: tuple[Any, ...], own: list[str]) -> Found:
    key, not_here, not_there, number, owner, here_at, there_at, taken_at, ours, theirs, pairs = row
    kind = "missing_here" if not_here else "missing_there" if not_there else "differs"
    fields: list[list[str]] = []
    if kind == "differs":
        columns = [[name, pairs[2 * i] or "", pairs[2 * i + 1] or ""] for i, name in enumerate(own)]
        fields = [f for f in columns if f[1] != f[2]] or _members(ours, theirs)
    cut = [[name, a[:LONGEST], b[:LONGEST]] for name, a, b in fields[:SHOWN]]
    return Found(key, kind, number or "", owner or "", here_at, there_at, taken_at, cut)


def _members(ours: str, theirs: str) -> list[list[str]]:
    """Members of the content that differ; what was received raw is looked at when nothing else does."""
    a, b = json.loads(ours), json.loads(theirs)
    found = [[n, _text(a.get(n)), _text(b.get(n))] for n in sorted({*a, *b}) if n != "raw" and a.get(n) != b.get(n)]
    if found:
        return found
    a, b = a.get("raw") or {}, b.get("raw") or {}
    return [[f"raw.{n}", _text(a.get(n)), _text(b.get(n))] for n in sorted({*a, *b}) if a.get(n) != b.get(n)]


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
