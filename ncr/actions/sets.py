"""Many defects at once: one query for all names, one act, one INSERT, one statement for its lines (core-path.md §2, §5.6)."""

import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from qms import journal
from qms.lib import statement
from qms.lib.ids import uuid7

from .. import events
from ..models import DefectClock, Nonconformance
from .intake import (
    NAMED,
    NamedDefect,
    Unknown,
    Unresolved,
    best_row,
    look_up_parts,
    report_of,
    said_why,
    sent_names,
    unknown_names,
)
from .report import DefectReport, reported

MOST_AT_ONCE = 1000  # sealing and locks stay short


@dataclass(frozen=True)
class Many:
    """By position in what was given: (number, notes) of what became a record, and what names something unknown."""

    taken: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    unresolved: dict[int, Unresolved] = field(default_factory=dict)
    doubts: dict[int, list[Unknown]] = field(default_factory=dict)
    are_updates: bool = False  # of records that were there


# (position → (number, notes)) → whether every message could be marked as applied; False takes everything back.
ClosingAll = Callable[[dict[int, tuple[str, list[str]]]], bool]


class Overtaken(Exception):
    """One of the messages is no longer as it was: another process has applied it. Nothing was written."""


def take_defects(*, defects: Sequence[NamedDefect], by: Any, closing: ClosingAll, origin: str = "") -> Many:
    """All or nothing, but for those that name something unknown, which are left out. Raises whatever the database refuses."""
    if len(defects) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} at once")
    reports, unresolved = _understood(defects)
    if not reports:
        return Many(unresolved=unresolved)
    with journal.act(events.REPORTED, by=by, source=origin) as act:
        keys, numbers = _insert({place: found[0] for place, found in reports.items()}, by, act)
        counted = [(place, d) for place, d in enumerate(defects) if d.sequence is not None and place in keys]
        clocks = [DefectClock(ncr_id=keys[place], sequence=d.sequence, at=d.said_at) for place, d in counted]
        DefectClock.objects.bulk_create(clocks)
        taken = {place: (numbers[place], notes) for place, (_report, notes, _doubts) in reports.items()}
        if not closing(taken):
            raise Overtaken
    return Many(taken, unresolved, {place: found[2] for place, found in reports.items() if found[2]})


Understood = dict[int, tuple[DefectReport, list[str], list[Unknown]]]


def _understood(defects: Sequence[NamedDefect]) -> tuple[Understood, dict[int, Unresolved]]:
    reports: Understood = {}
    waiting: dict[int, list[Unknown]] = {}
    found = _look_up_all(defects)
    for place, defect in enumerate(defects):
        row = found[_key(defect)]
        if missing := unknown_names(defect, row):
            waiting[place] = missing
        else:
            reports[place] = report_of(defect, row)
    why = said_why([(defects[place], missing) for place, missing in waiting.items()])
    return reports, {place: Unresolved(missing) for place, missing in zip(waiting, why, strict=True)}


def _key(defect: NamedDefect) -> tuple[Any, ...]:
    """What is looked up once for all that name the same; names are those of the moment at which a message came."""
    return (
        defect.received_at,
        defect.system,
        defect.site_id,
        defect.part,
        defect.code,
        *(getattr(defect, name) for name in NAMED),
    )


@functools.cache
def _look_up_all_sql(sent: tuple[str, ...], has_part: bool) -> tuple[str, list[str]]:
    """The query for one defect as a lateral part of one for many: only where the names come from is different."""
    columns, names, joins = look_up_parts(sent, has_part)
    one = re.sub(r"%\((\w+)\)s::\w+", r'q."\1"', f"SELECT {columns} {joins}")
    shape = ", ".join(f'"{name}" text' for name in ("system", "part", "code", *NAMED))
    return (
        f"SELECT q.n, f.* FROM json_to_recordset(%s::json) AS q(n int, site bigint, came timestamptz, {shape})"
        f" CROSS JOIN LATERAL ({one}) f",
        names,
    )


def _look_up_all(defects: Sequence[NamedDefect]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """One statement for each set of names that was sent; a plant's machine sends always the same one."""
    kinds: dict[Any, dict[tuple[Any, ...], NamedDefect]] = {}
    for defect in defects:
        kinds.setdefault((sent_names(defect), bool(defect.part)), {})[_key(defect)] = defect
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (sent, has_part), wanted in kinds.items():
        sql, columns = _look_up_all_sql(sent, has_part)
        rows: dict[int, list[dict[str, Any]]] = {n: [] for n in range(len(wanted))}
        for n, *row in statement.rows(sql, [json.dumps([_asked(n, d) for n, d in enumerate(wanted.values())])]):
            rows[n].append(dict(zip(columns, row, strict=True)))
        found |= {key: best_row(rows[n]) for n, key in enumerate(wanted)}
    return found


def _asked(n: int, defect: NamedDefect) -> dict[str, Any]:
    names = {name: getattr(defect, name) for name in ("system", "part", "code", *NAMED)}
    return {"n": n, "site": defect.site_id, "came": defect.received_at.isoformat(), **names}


SAME = {"state": "OPEN", "version": 1}
BACK = ("uid", "id", "number")


def _insert(reports: dict[int, DefectReport], by: Any, act: journal.Act) -> tuple[dict[int, int], dict[int, str]]:
    """Place → key, place → number. The rows never become objects in Python: that alone costs as much as the INSERT."""
    names = [name for name in DefectReport.__dataclass_fields__ if name not in ("quantity", "defect")]
    uids = {uuid7(): place for place in reports}
    rows = []
    for uid, place in uids.items():
        report = reports[place]
        values = {name: getattr(report, name) for name in names}
        quantity = report.quantity
        rows.append({"uid": uid, **values, "affected_quantity": quantity, "undecided_quantity": quantity})
    written = statement.insert_all(Nonconformance, {**SAME, "created_by_id": by.pk}, rows, back=BACK)
    keys: dict[int, int] = {}
    numbers: dict[int, str] = {}
    lines = []
    for uid, key, number in written:
        place = uids[uid]
        report = reports[place]
        keys[place], numbers[place] = key, number
        lines.append(journal.Line(key, number, report.site_id, reported(number, report)))
    act.record_all(Nonconformance, lines)
    return keys, numbers
