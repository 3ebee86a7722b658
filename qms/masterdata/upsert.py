"""Set-based upsert of a mirror: what is new goes by COPY straight into its table, what differs through a staging table
and one INSERT … ON CONFLICT; an unchanged re-sync writes no row.
"""

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any

from django.db import connection

from qms.lib import canonical, copytext

from .specs import SPECS, Spec

PLACEHOLDER = "demo:"  # external ids of rows that stand in until the real source is read
PIECE = 500  # lines that are sent at once
COMMON = ("external_id", "number", "changed_at", "content_hash", "content")


@dataclass
class Outcome:
    """External ids by what happened to them; `stale` rows were older than what we hold; `hashes` of what was written."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    stale: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Outcome") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.stale += other.stale
        self.hashes |= other.hashes


class Row(dict[str, Any]):
    """What a source told of one row, under the mirror's names. Its content and its line for COPY are made once, maybe
    ahead of their turn; from then on the row stays as it is."""

    content: tuple[str, str] = ("", "")
    line: str = ""

    def prepare(self, spec: Spec | None = None) -> "Row":
        """Canonical content and its hash, which does not cover when the source says it changed; with a `spec` also the
        line."""
        if not self.content[0]:
            told = self.copy()
            told.pop("changed_at", None)
            written = canonical.encode(told)
            self.content = written.decode(), hashlib.sha256(written).hexdigest()
        if spec and not self.line:
            self.line = copytext.line(_values(spec, self))
        return self


def upsert(
    *, object: str, source: str, rows: Iterable[dict[str, Any]], run: Any, site_id: int | None = None
) -> Outcome:
    """Rows: dicts with external_id, number, changed_at and the object's columns and refs. One transaction of the caller's.

    The database is first asked which of the contents differ from what it holds; only those are written.
    """
    spec = SPECS[object]
    told = {row["external_id"]: (row if isinstance(row, Row) else Row(row)).prepare() for row in rows}
    if not told:
        return Outcome()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"mirror:{source}:{object}"])
        held = _differing(cursor, spec, source, told)
        outcome = Outcome(unchanged=len(told) - len(held))
        if new := [key for key, (is_held, _is_stale) in held.items() if not is_held]:
            _insert(cursor, spec, [told[key] for key in new], source, site_id)
            outcome.created += new
        if other := [told[key] for key, (is_held, _is_stale) in held.items() if is_held]:
            _stage(cursor, spec, other)
            cursor.execute(_versions(spec), {"object": object, "source": source, "run": str(run)})
            cursor.execute(_merge(spec), {"source": source, "site": site_id})
            outcome.updated += [external_id for (external_id,) in cursor.fetchall()]
            cursor.execute("DROP TABLE qms_stage")
    outcome.stale = [key for key, (_is_held, is_stale) in held.items() if is_stale]
    outcome.hashes = {key: told[key].content[1] for key in (*outcome.created, *outcome.updated)}
    outcome.unchanged += len(held) - len(outcome.hashes) - len(outcome.stale)
    return outcome


def _differing(cursor: Any, spec: Spec, source: str, told: Mapping[str, Row]) -> dict[str, tuple[bool, bool]]:
    """For each key that must be looked at: whether we hold it, and whether what was told is older than that."""
    cursor.execute(
        "SELECT s.external_id, t.id IS NOT NULL, t.content_hash <> s.content_hash, t.changed_at"
        " FROM unnest(%(keys)s::varchar[], string_to_array(%(hashes)s, ' ')) s (external_id, content_hash)"
        f" LEFT JOIN {spec.table} t ON t.source = %(source)s AND t.external_id = s.external_id"
        " WHERE t.id IS NULL OR t.content_hash <> s.content_hash OR t.gone_at IS NOT NULL",
        {
            "source": source,
            "keys": copytext.array(told),
            "hashes": " ".join([row.content[1] for row in told.values()]),
        },
    )
    return {
        key: (is_held, bool(is_other) and _is_older(told[key]["changed_at"], changed_at))
        for key, is_held, is_other, changed_at in cursor.fetchall()
    }


def _is_older(told: dt.datetime | None, held: dt.datetime | None) -> bool:
    return told is not None and held is not None and told < held


def _values(spec: Spec, row: Row) -> list[Any]:
    """One row, in the order of `_columns`."""
    columns, refs = _own(spec)
    told = [row.get(column, missing) for column, missing in columns]
    named = [row.get(ref) or "" for ref in refs]
    content, content_hash = row.content
    return [row["external_id"], row["number"], row["changed_at"], content_hash, content, *told, *named]


@functools.cache
def _own(spec: Spec) -> tuple[tuple[tuple[str, Any], ...], tuple[str, ...]]:
    """The object's columns, each with what stands there when a row does not tell it, and its references."""
    fields = {field.attname: field for field in spec.model._meta.concrete_fields}
    return tuple((c, fields[c].default if fields[c].has_default() else None) for c in spec.columns), spec.refs


def _columns(spec: Spec) -> tuple[str, ...]:
    return (*COMMON, *spec.columns, *spec.refs)


def _insert(cursor: Any, spec: Spec, rows: list[Row], source: str, site_id: int | None) -> None:
    """What we never held is compared with nothing: it goes straight into the table, with the parents that are here."""
    parents = [_parents(cursor, model, source, rows, f"{name}_ref") for name, model in spec.parents]
    names = ", ".join(("source", "site_id", *_columns(spec), *(f"{name}_id" for name, _model in spec.parents)))
    ours, lines = repeat(copytext.line([source, site_id])), (row.prepare(spec).line for row in rows)
    _copy(cursor, f"{spec.table} ({names})", map("\t".join, zip(ours, lines, *parents, strict=False)))


def _parents(cursor: Any, model: Any, source: str, rows: list[Row], ref: str) -> list[str]:
    """Of each row the parent's id as COPY reads it; the parent may come later."""
    named = [row.get(ref) for row in rows]
    cursor.execute(
        f"SELECT external_id, id::text FROM {model._meta.db_table} WHERE source = %s AND external_id = ANY(%s::varchar[])",
        [source, copytext.array(filter(None, {*named}))],
    )
    known = dict(cursor.fetchall())
    return [known.get(key, copytext.NULL) for key in named]


def _stage(cursor: Any, spec: Spec, rows: list[Row]) -> None:
    names = ", ".join(_columns(spec))
    cursor.execute(f"CREATE TEMP TABLE qms_stage ON COMMIT DROP AS SELECT {names} FROM {spec.table} WITH NO DATA")
    _copy(cursor, f"qms_stage ({names})", (row.prepare(spec).line for row in rows))


def _copy(cursor: Any, table: str, lines: Iterator[str]) -> None:
    """In pieces: the database reads one while the next is put together."""
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while piece := [*islice(lines, PIECE)]:
            copy.write("\n".join((*piece, "")))


# One writer at a time for an object of a source: what was compared still stands when it is written.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
NEWER = "(t.changed_at IS NULL OR s.changed_at IS NULL OR s.changed_at >= t.changed_at)"


def _versions(spec: Spec) -> str:
    return f"""
        INSERT INTO masterdata_mirrorversion (object, source, external_id, content_hash, content, run)
        SELECT %(object)s, t.source, t.external_id, t.content_hash, t.content, %(run)s::uuid
        FROM {spec.table} t JOIN qms_stage s USING (external_id)
        WHERE t.source = %(source)s AND t.content_hash <> s.content_hash AND {NEWER}"""


def _merge(spec: Spec) -> str:
    own = _columns(spec)
    keys = [f"{name}_id" for name, _ in spec.parents]
    joins = " ".join(
        f"LEFT JOIN {model._meta.db_table} p{i} ON p{i}.source = %(source)s AND p{i}.external_id = s.{name}_ref"
        for i, (name, model) in enumerate(spec.parents)
    )
    targets = [*own, *keys]
    values = [*(f"s.{c}" for c in own), *(f"p{i}.id" for i in range(len(keys)))]
    sets = ", ".join(f"{c} = excluded.{c}" for c in targets if c != "external_id")
    newer = NEWER.replace("s.", "excluded.")
    return f"""
        INSERT INTO {spec.table} AS t (source, site_id, {", ".join(targets)})
        SELECT %(source)s, %(site)s::bigint, {", ".join(values)} FROM qms_stage s {joins}
        ON CONFLICT (source, external_id) DO UPDATE SET {sets}, synced_at = now(), gone_at = NULL
        WHERE (t.content_hash <> excluded.content_hash OR t.gone_at IS NOT NULL) AND {newer}
        RETURNING external_id"""


def resolve_parents(*, source: str) -> int:
    """Join children to parents that arrived later. Returns how many rows found one."""
    found = 0
    with connection.cursor() as cursor:
        for spec in SPECS.values():
            for name, model in spec.parents:
                cursor.execute(
                    f"UPDATE {spec.table} t SET {name}_id = p.id FROM {model._meta.db_table} p WHERE t.source = %s"
                    f" AND t.{name}_id IS NULL AND t.{name}_ref <> '' AND p.source = t.source AND p.external_id = t.{name}_ref",
                    [source],
                )
                found += cursor.rowcount
    return found


def resolve_children(*, object: str, source: str, keys: list[str]) -> None:
    """Join rows that came before these parents; the index of the empty foreign key finds them."""
    model = SPECS[object].model
    with connection.cursor() as cursor:
        for spec in SPECS.values():
            for name in [name for name, parent in spec.parents if parent is model]:
                cursor.execute(
                    f"UPDATE {spec.table} t SET {name}_id = p.id FROM {SPECS[object].table} p WHERE t.source = %s"
                    f" AND t.{name}_id IS NULL AND t.{name}_ref = ANY(%s) AND p.source = t.source"
                    f" AND p.external_id = t.{name}_ref",
                    [source, keys],
                )


def drop_children(*, object: str, source: str, parents: list[str], keep: list[str]) -> list[tuple[str, str]]:
    """Children that their parent no longer lists are gone (kept, marked). Returns (external id, number) of each."""
    spec = SPECS[object]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {spec.table} SET gone_at = now(), synced_at = now() WHERE source = %s AND gone_at IS NULL"
            f" AND {spec.owner}_ref = ANY(%s) AND external_id <> ALL(%s) RETURNING external_id, number",
            [source, parents, keep],
        )
        return cursor.fetchall()


class Alive:
    """Keys that the source named, collected in a temporary table: flat memory, however many there are."""

    def __init__(self) -> None:
        self.count, self.is_open = 0, False

    def __enter__(self) -> "Alive":
        return self

    def __exit__(self, *_: Any) -> None:
        if self.is_open and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.qms_alive")

    def _open(self, cursor: Any) -> None:
        if not self.is_open:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.qms_alive")
            cursor.execute("CREATE TEMP TABLE qms_alive (external_id varchar(80) PRIMARY KEY)")
            self.is_open = True

    def add(self, keys: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            self._open(cursor)
            cursor.execute(
                "INSERT INTO pg_temp.qms_alive SELECT unnest(%s::varchar[]) ON CONFLICT DO NOTHING",
                [copytext.array(keys)],
            )
            self.count += cursor.rowcount

    def missing(self, *, object: str, source: str) -> list[tuple[str, str]]:
        """(external id, number) of live rows that the source did not name."""
        with connection.cursor() as cursor:
            self._open(cursor)
            cursor.execute(
                f"SELECT t.external_id, t.number FROM {SPECS[object].table} t WHERE t.source = %s AND t.gone_at IS NULL"
                " AND NOT EXISTS (SELECT FROM pg_temp.qms_alive a WHERE a.external_id = t.external_id)"
                " ORDER BY t.external_id",
                [source],
            )
            return cursor.fetchall()


def not_among(*, object: str, source: str, alive: Iterable[str]) -> list[tuple[str, str]]:
    """(external id, number) of live rows that are not among the source's keys."""
    with Alive() as keys:
        keys.add(alive)
        return keys.missing(object=object, source=source)


def still_here(*, object: str, source: str, key: str) -> list[tuple[str, str]]:
    """(external id, number) of the row when it is not gone yet."""
    rows = SPECS[object].model.objects.live().filter(source=source, external_id=key)
    return list(rows.values_list("external_id", "number"))


def successors(*, object: str, source: str, keys: list[str]) -> dict[str, str]:
    """For keys that vanished: the key under which a row that came later carries the same number (and, for what belongs
    to a part, the same part)."""
    spec = SPECS[object]
    same_part = " AND n.item_ref = g.item_ref" if "item_ref" in spec.refs else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.external_id, min(n.external_id) FROM {spec.table} g JOIN {spec.table} n ON n.source = g.source"
            f" AND n.number = g.number AND n.external_id <> g.external_id AND n.gone_at IS NULL{same_part}"
            " WHERE g.source = %s AND g.external_id = ANY(%s) AND n.external_id <> ALL(%s) AND g.number <> ''"
            " AND n.id > g.id GROUP BY g.external_id",
            [source, keys, keys],
        )
        return dict(cursor.fetchall())


def mark_gone(*, object: str, source: str, keys: list[str]) -> None:
    """Rows that the source no longer has, with the children that they own, are kept and marked."""
    spec = SPECS[object]
    owned = [child for child in SPECS.values() if child.owner and dict(child.parents)[child.owner] is spec.model]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {spec.table} SET gone_at = now(), synced_at = now()"
            " WHERE source = %s AND gone_at IS NULL AND external_id = ANY(%s)",
            [source, keys],
        )
    for child in owned:
        drop_children(object=child.object, source=source, parents=keys, keep=[])
