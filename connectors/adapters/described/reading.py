"""Pages of a list, by key within what changed since: nothing is skipped where rows share a stamp or move meanwhile.

A run first looks at the lists themselves, then at lists whose change does not touch the document (its lines), then at what the
other side tells of deletions. The next run starts where this one did, less the overlap: a late commit looks older than it is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from connectors.adapters.described.description import LINES, Rows, Thing
from connectors.adapters.described.dialect import Ask, Dialect, Row
from connectors.adapters.described.records import record_of
from connectors.adapters.described.values import Clock, instant, roots, say, text, truth
from connectors.base import BadRow, Exchange, KeyPage, Page, Permanent
from connectors.messages import MirrorRecord

TOGETHER = 100  # keys in one question


@dataclass(frozen=True)
class Cursor:
    """`since` and `next`: where this run and the following one start, by the ERP's clock; `stage` 0 is the list itself;
    `last` key and `link` of it; `lacking`: fields that the ERP does not have."""

    since: str = ""
    next: str | None = None
    stage: int = 0
    last: str = ""
    link: str = ""
    lacking: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, told: str | None) -> Cursor:
        try:
            return cls(**json.loads(told)) if told else cls()
        except (ValueError, TypeError) as error:
            raise Permanent("bad_cursor", "The stored cursor is not one of this adapter; read everything.") from error

    def __str__(self) -> str:
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value or name == "next" and value is not None}
        )


@dataclass(frozen=True)
class Reader:
    """Reads one of our objects. `roles`: what a place means, by its code."""

    dialect: Dialect
    name: str
    thing: Thing
    clock: Clock
    limit: int
    overlap: dt.timedelta
    roles: Mapping[str, str]

    def pull(self, told: str | None) -> Exchange[Page]:
        if not self.thing.source:
            return self._given()
        now, notes = Cursor.read(told), tuple[str, ...]()
        if now.next is None:
            now, notes = yield from self._start(now)
        stages: tuple[Rows, ...] = (self.thing, *self.thing.parts, *self.thing.graves)
        rows = stages[now.stage]
        since = instant(now.since, self.clock)
        asked = self._fields(rows, now.lacking)
        answer = yield from self.dialect.ask(
            rows,
            Ask(
                self.limit,
                asked,
                since - self.overlap if since and rows.stamp not in now.lacking else None,
                now.last,
                now.link,
            ),
        )
        last = text(say(rows.key, answer.rows[-1])) if answer.rows else now.last
        if now.last and last == now.last and answer.rows and not answer.link:
            raise Permanent("no_progress", f"{rows.source}: the ERP gives the same page again and again.")
        gone: tuple[str, ...] = ()
        records: tuple[MirrorRecord, ...] = ()
        bad: tuple[BadRow, ...] = ()
        if now.stage > len(self.thing.parts):
            gone = yield from self._gone(rows, answer.rows)
        else:
            found = answer.rows if now.stage == 0 else (yield from self._documents(rows, answer.rows, now.lacking))
            records, bad = yield from self._whole(found, now.lacking, is_list=now.stage == 0)
        is_full = bool(answer.link) or (
            len(answer.rows) >= self.limit if self.dialect.keeps_limit else bool(answer.rows)
        )
        return Page(records, *self._go_on(now, last, answer.link, is_full, len(stages)), bad, gone, notes)

    def _given(self) -> Page:
        records, bad = self._told([dict(row) for row in self.thing.given], {})
        return Page(records, "", False, bad)

    def read_one(self, key: str) -> Exchange[MirrorRecord | None]:
        if not self.thing.source:
            return next((one for one in self._given().records if one.external_id == key), None)
        lacking, _notes = yield from self.lacking()
        row = yield from self.dialect.one(self.thing, key, self._fields(self.thing, lacking))
        if row is None:
            return None
        records, bad = yield from self._whole([row], sorted(lacking), is_list=False)
        if bad:
            raise Permanent("bad_row", bad[0].problem)
        return records[0]

    def keys(self, after: str | None) -> Exchange[KeyPage]:
        if not self.thing.source:
            return KeyPage(tuple(one.external_id for one in self._given().records), None)
        now = Cursor.read(after)
        asked = parts_of(self.thing.key)
        answer = yield from self.dialect.ask(self.thing, Ask(self.limit, asked, None, now.last, now.link))
        found = tuple(text(say(self.thing.key, row)) for row in answer.rows)
        if not found or (self.dialect.keeps_limit and len(found) < self.limit and not answer.link):
            return KeyPage(found, None)
        if found[-1] == now.last and not answer.link:
            raise Permanent("no_progress", f"{self.thing.source}: the ERP gives the same page again and again.")
        return KeyPage(found, str(Cursor(last=found[-1], link=answer.link)))

    # --- the start of a run -----------------------------------------------------------------------------------------------

    def _start(self, now: Cursor) -> Exchange[tuple[Cursor, tuple[str, ...]]]:
        """Which fields there are, and the latest change before this run, by the clock that dates the rows."""
        lacking, notes = yield from self.lacking()
        found: list[dt.datetime] = []
        for rows in (self.thing, *self.thing.parts, *self.thing.graves):
            if not rows.stamp or rows.stamp in lacking:
                continue
            answer = yield from self.dialect.ask(rows, Ask(1, parts_of(rows.stamp), is_latest=True))
            stamps = [instant(say(rows.stamp, row), self.clock) for row in answer.rows[:1]]
            found += [stamp for stamp in [*stamps, answer.at] if stamp]
        start = max(found).isoformat() if found else now.since
        return replace(now, next=start, lacking=sorted(lacking)), notes

    def lacking(self) -> Exchange[tuple[set[str], tuple[str, ...]]]:
        """Names that no list of this object has, and a sentence for each path that has no other way."""
        lacking: set[str] = set()
        notes: list[str] = []
        for rows in (self.thing, *(line for line in self.thing.lines.values() if line.source)):
            known = yield from self.dialect.known(rows)
            if known is None:
                continue
            if rows.stamp and rows.stamp not in known:
                lacking.add(rows.stamp)
                notes.append(f"{rows.source} has no field {rows.stamp}; it is read whole each time.")
            for name, path in rows.fields.items():
                ways = [roots(way) for way in path.split("|")]
                lacking |= {root for way in ways for root in way if root not in known}
                if not any(way <= known for way in ways):
                    notes.append(f"{rows.source} has no field {path}; {name} of {self.name} is left out.")
        return lacking, tuple(notes)

    def _fields(self, rows: Rows, lacking: Iterable[str]) -> tuple[str, ...]:
        """The members to ask for by name; lines that stand within the document among them."""
        paths = [*rows.fields.values(), rows.key, rows.stamp, rows.parent, rows.name, rows.only]
        if isinstance(rows, Thing):
            paths += [line.at for line in rows.lines.values()]
        wanted = dict.fromkeys(root for path in paths for root in sorted(roots(path)))
        return tuple(name for name in wanted if name not in set(lacking))

    # --- rows to documents ------------------------------------------------------------------------------------------------

    def _documents(self, part: Rows, changed: list[Row], lacking: list[str]) -> Exchange[list[Row]]:
        """The documents that rows of a part belong to."""
        keys = tuple(dict.fromkeys(key for row in changed if (key := text(say(part.parent, row)))))
        if self.thing.detail:
            return [{**_key_row(self.thing, key)} for key in keys]
        return (yield from self._within(self.thing, self.thing.key, keys, lacking))

    def _within(self, rows: Rows, name: str, keys: tuple[str, ...], lacking: list[str]) -> Exchange[list[Row]]:
        found: list[Row] = []
        asked = self._fields(rows, lacking)
        for start in range(0, len(keys), TOGETHER):
            within, last, link = (name, keys[start : start + TOGETHER]), "", ""
            while True:
                answer = yield from self.dialect.ask(rows, Ask(self.limit, asked, None, last, link, within))
                found += answer.rows
                link = answer.link
                if not answer.rows or (not link and self.dialect.keeps_limit and len(answer.rows) < self.limit):
                    break
                last = text(say(rows.key, answer.rows[-1]))
        return found

    def _whole(
        self, rows: list[Row], lacking: list[str], *, is_list: bool
    ) -> Exchange[tuple[tuple[MirrorRecord, ...], tuple[BadRow, ...]]]:
        """With their lines: within the row, or from a list of their own."""
        if self.thing.detail and (is_list or any(_is_key_row(row) for row in rows)):
            whole = []
            for row in rows:
                one = yield from self.dialect.one(
                    self.thing, text(say(self.thing.key, row)), self._fields(self.thing, lacking)
                )
                whole += [one] if one is not None else []
            rows = whole
        lines: dict[str, dict[str, list[Row]]] = {}
        for name, line in self.thing.lines.items():
            if line.source and rows:
                keys = tuple(text(say(self.thing.key, row)) for row in rows)
                by_parent: dict[str, list[Row]] = {}
                for one in (yield from self._within(line, line.parent, keys, lacking)):
                    by_parent.setdefault(text(say(line.parent, one)), []).append(one)
                lines[name] = by_parent
        return self._told(rows, lines)

    def _told(
        self, rows: list[Row], lines: Mapping[str, Mapping[str, list[Row]]]
    ) -> tuple[tuple[MirrorRecord, ...], tuple[BadRow, ...]]:
        records, bad = [], []
        for row in rows:
            key = ""
            try:
                key = text(say(self.thing.key, row))
                if self.thing.only and not truth(say(self.thing.only, row)):
                    continue
                mine = {name: by_parent.get(key, []) for name, by_parent in lines.items()}
                records.append(
                    record_of(self.name, self.thing, LINES.get(self.name, {}), row, mine, self.clock, self.roles)
                )
            except (KeyError, TypeError, ValueError, ArithmeticError) as problem:
                bad.append(BadRow(key, str(problem), {"row": repr(row)[:2000]}))
        return tuple(records), tuple(bad)

    def _gone(self, grave: Rows, rows: list[Row]) -> Exchange[tuple[str, ...]]:
        """Keys that are told as dead and are not there: a new row may have taken the name of an old one."""
        found: dict[str, None] = {}
        for row in rows:
            told = text(say(grave.name, row))
            match = re.search(grave.pattern, told) if grave.pattern else None
            key = (match[1] if match else "") if grave.pattern else told
            if key and key not in found:
                there = yield from self.dialect.one(self.thing, key, parts_of(self.thing.key))
                if there is None:
                    found[key] = None
        return tuple(found)

    def _go_on(self, now: Cursor, last: str, link: str, is_full: bool, stages: int) -> tuple[str, bool]:
        """The cursor after this page, and whether the run goes on."""
        if is_full:
            return str(replace(now, last=last, link=link)), True
        if now.since and now.stage + 1 < stages:  # a first run reads everything with its parts already
            return str(replace(now, stage=now.stage + 1, last="", link="")), True
        return str(Cursor(since=now.next or "")), False


def parts_of(path: str) -> tuple[str, ...]:
    return tuple(sorted(roots(path)))


def _key_row(thing: Thing, key: str) -> Row:
    return {thing.key: key, "…": True}


def _is_key_row(row: Row) -> bool:
    return "…" in row
