"""The adapter: keyset paging over what changed, single reads, key lists, the connection test; postings beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.adapters.tryton import listing, posting, stock
from connectors.adapters.tryton.objects import SOURCES
from connectors.adapters.tryton.source import DATES, Part, Source, to_record
from connectors.adapters.tryton.values import changes, kept, key
from connectors.adapters.tryton.wire import Domain, Rest, Row, Rpc, Wire
from connectors.base import BadRow, DocumentPage, Exchange, Finding, KeyPage, Page, Permanent, Settings
from connectors.messages import MirrorRecord, PostingIntent, PostingResult

PAGE_SIZE = 500
KEYS_PAGE_SIZE = 5000
OWN_DOMAINS = {"suppliers": "supplier_domain", "customers": "customer_domain"}
OVERLAP_SECONDS = 60  # a transaction dates its rows when it starts, so rows older than the last look may appear


@dataclass(frozen=True)
class Cursor:
    """`since`: where this run starts, `next`: where the following run will start (both the ERP database's clock);
    `stage` 0 reads the records themselves, stage n its n-th part; `last` is the last id read of that stage."""

    since: str | None = None
    next: str | None = None
    stage: int = 0
    last: int = 0

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        try:
            return cls(**json.loads(text)) if text else cls()
        except (ValueError, TypeError) as error:
            raise Permanent("bad_cursor", "The stored cursor is not one of this adapter; read everything.") from error

    def __str__(self) -> str:
        return json.dumps(asdict(self))


class Tryton:
    """Settings: database, and rest_key or user and password; optional company (id), timezone (of the ERP's server,
    UTC), page_size, overlap_seconds, supplier_domain (which parties are suppliers; Tryton does not mark them),
    customer_domain (the same for customers), locations {"storage": code, "quarantine": code, "scrap": code}, warehouse
    (code, where there are several)."""

    objects = (*SOURCES, stock.OBJECT)
    snapshots = frozenset({stock.OBJECT})
    capabilities: Mapping[str, str] = {
        **dict.fromkeys(objects, "pulled"),
        "genealogy": "pulled with production-orders",
        "revisions": "not kept by this ERP; the QMS numbers them by content",
        "serials": "not kept by this ERP; may be pushed",
        "equipment": "not kept by this ERP; may be pushed",
        "document-references": "not readable by a connector's account (only through each record alone); may be pushed",
    }

    write_backs: Mapping[str, str] = {
        **dict.fromkeys(("hold", "release", "scrap", "return", "regrade"), "enforced"),
        **dict.fromkeys(("lot_block", "supplier_block", "usage_decision", "shipment_block"), "none"),
    }

    def __init__(self) -> None:
        self._memory: dict[str, Any] = {}

    def _wire(self, settings: Settings) -> Wire:
        try:
            return Rest(settings, self._memory) if settings.get("rest_key") else Rpc(settings, self._memory)
        except KeyError as missing:
            raise Permanent("settings", f"The settings of this connection lack {missing}.") from missing

    def pull(self, object_name: str, cursor: str | None, settings: Settings) -> Exchange[Page]:
        wire, limit = self._wire(settings), int(settings.get("page_size", PAGE_SIZE))
        if object_name == stock.OBJECT:
            page = yield from stock.pull(wire, cursor, settings, limit)
            return page
        source, now, zone = _source(object_name), Cursor.read(cursor), _zone(settings)
        own = _own_domain(object_name, settings)
        if now.next is None:
            watermark = yield from _latest_change(wire, source, zone)
            now = replace(now, next=watermark or now.since or "")
        since = _since_domain(now.since, zone, settings)
        if now.stage == 0:
            rows = yield from wire.search(source.model, [["id", ">", now.last], *since, *own], source.fields, limit)
            last, full = (rows[-1]["id"] if rows else now.last), len(rows) == limit
        else:
            part = source.parts[now.stage - 1]
            asked = [["id", ">", now.last], *since, *part.domain]
            changed = yield from wire.search(part.model, asked, (part.parent,), limit)
            rows = yield from _parents(wire, source, part, changed, own)
            last, full = (changed[-1]["id"] if changed else now.last), len(changed) == limit
        records, bad = _translate(source, rows, zone)
        return Page(records, *_go_on(now, source, last, full), bad)

    def read_one(self, object_name: str, external_id: str, settings: Settings) -> Exchange[MirrorRecord | None]:
        wire = self._wire(settings)
        if object_name == stock.OBJECT:
            record = yield from stock.read_one(wire, external_id, settings)
            return record
        source = _source(object_name)
        rows = yield from wire.search(source.model, [["id", "=", int(external_id)]], source.fields, 1)
        if not rows:
            return None
        records, bad = _translate(source, rows, _zone(settings))
        if bad:
            raise Permanent("bad_row", bad[0].problem)
        return records[0]

    def keys(self, object_name: str, after: str | None, settings: Settings) -> Exchange[KeyPage]:
        wire = self._wire(settings)
        if object_name == stock.OBJECT:
            page = yield from stock.keys(wire, settings, KEYS_PAGE_SIZE)
            return page
        source = _source(object_name)
        asked = [["id", ">", int(after or 0)], *_own_domain(object_name, settings)]
        rows = yield from wire.search(source.model, asked, ("id",), KEYS_PAGE_SIZE)
        found = tuple(key(row) for row in rows)
        return KeyPage(found, found[-1] if len(found) == KEYS_PAGE_SIZE else None)

    def post(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult]:
        result = yield from posting.post(self._wire(settings), intent, settings)
        return result

    def cancel(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult | None]:
        result = yield from posting.cancel(self._wire(settings), intent, settings)
        return result

    def documents(self, stems: tuple[str, ...], after: str | None, settings: Settings) -> Exchange[DocumentPage]:
        page = yield from listing.documents(self._wire(settings), stems, after, settings.get("page_size", PAGE_SIZE))
        return page

    def probe(self, settings: Settings) -> Exchange[tuple[Finding, ...]]:
        wire, findings = self._wire(settings), []
        for name in SOURCES:
            try:
                source = _source(name)
                rows = yield from wire.search(source.model, _own_domain(name, settings), source.fields, 3)
                _, bad = _translate(source, rows, _zone(settings))
                findings.append(Finding(name, not bad, bad[0].problem if bad else ""))
            except Permanent as problem:
                findings.append(Finding(name, False, problem.message))
        try:
            yield from posting.find_places(wire, settings)
            findings.append(Finding("locations", True))
        except Permanent as problem:
            findings.append(Finding("locations", False, problem.message))
        return tuple(findings)


def _source(object_name: str) -> Source:
    if object_name not in SOURCES:
        raise Permanent("unknown_object", f"Tryton has no {object_name} for us.")
    return SOURCES[object_name]


def _zone(settings: Settings) -> dt.tzinfo:
    name = settings.get("timezone", "UTC")
    try:
        return dt.UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Permanent("settings", f"{name} is not a time zone.") from error


def _own_domain(object_name: str, settings: Settings) -> Domain:
    return list(settings.get(OWN_DOMAINS[object_name], ())) if object_name in OWN_DOMAINS else []


def _latest_change(wire: Wire, source: Source, zone: dt.tzinfo) -> Exchange[str | None]:
    """The latest change before this run, by the clock that dates the rows; what changes during the run is later."""
    found: list[dt.datetime] = []
    for model in {source.model: None, **{part.model: None for part in source.parts}}:
        rows = yield from wire.search(model, [], DATES, 1, (("last_modified_at", "DESC"),))
        found += changes(rows, zone)
    return max(found).isoformat() if found else None


def _since_domain(since: str | None, zone: dt.tzinfo, settings: Settings) -> Domain:
    if not since:
        return []
    overlap = dt.timedelta(seconds=settings.get("overlap_seconds", OVERLAP_SECONDS))
    start = (dt.datetime.fromisoformat(since) - overlap).astimezone(zone).replace(tzinfo=None)
    never_written = ["AND", ["write_date", "=", None], ["create_date", ">", start]]
    return [["OR", ["write_date", ">", start], never_written]]


def _parents(wire: Wire, source: Source, part: Part, changed: list[Row], own: Domain) -> Exchange[list[Row]]:
    ids: set[int] = set()
    for row in changed:
        parent = row[part.parent]
        ids.update(int(key(one)) for one in (parent if isinstance(parent, list) else [parent]) if one is not None)
    if not ids:
        return []
    rows = yield from wire.search(source.model, [["id", "in", sorted(ids)], *own], source.fields, len(ids))
    return rows


def _translate(source: Source, rows: list[Row], zone: dt.tzinfo) -> tuple[tuple[MirrorRecord, ...], tuple[BadRow, ...]]:
    records, bad = [], []
    for row in rows:
        try:
            records.append(to_record(source, row, zone))
        except KeyError as missing:
            bad.append(BadRow(str(row.get("id")), f"{missing} is missing; may the account read it?", kept(row)))
        except (TypeError, ValueError, ArithmeticError) as problem:
            bad.append(BadRow(str(row.get("id")), str(problem), kept(row)))
    return tuple(records), tuple(bad)


def _go_on(now: Cursor, source: Source, last: int, full: bool) -> tuple[str, bool]:
    """The cursor after this page, and whether the run goes on."""
    if full:
        return str(replace(now, last=last)), True
    parts = len(source.parts) if now.since else 0  # a first run reads every record with its parts already
    if now.stage < parts:
        return str(replace(now, stage=now.stage + 1, last=0)), True
    return str(Cursor(since=now.next or None)), False
