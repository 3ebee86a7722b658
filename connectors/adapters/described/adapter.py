"""An adapter out of a description and a protocol. A subclass says where both come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from connectors.adapters.described import documents, marks, posting
from connectors.adapters.described.description import MESSAGES, Description
from connectors.adapters.described.dialect import Dialect
from connectors.adapters.described.posting import Flow
from connectors.adapters.described.reading import Reader
from connectors.adapters.described.values import Clock, zone_of
from connectors.base import (
    ConnectorError,
    DocumentPage,
    Exchange,
    Finding,
    KeyPage,
    Page,
    Permanent,
    Settings,
    Temporary,
)
from connectors.messages import MirrorRecord, PostingIntent, PostingResult

PAGE_SIZE = 200
UNTRIED = "written from documented wire shapes, not tried against the product"


class Described:
    """Settings of every such connection: timezone (of the ERP's stamps without one), day_zone (where dates are meant),
    page_size, overlap_seconds, without (objects that are not read), locations {role: the ERP's code}."""

    product = ""
    zone = "UTC"
    overlap = 600  # seconds; longer than the ERP's longest transaction
    tried = False  # against the product itself

    def __init__(self, description: Description, without: tuple[str, ...] = ()) -> None:
        self.description = description
        self.objects = tuple(name for name in description.objects if name not in without)
        self.snapshots = frozenset(name for name in self.objects if description.objects[name].is_snapshot)
        left = dict.fromkeys(
            (name for name in MESSAGES if name not in self.objects), "not told by this ERP; may be pushed"
        )
        self.capabilities: Mapping[str, str] = {
            **left, **dict.fromkeys(without, "left out in the settings of this connection"),
            **description.capabilities, **dict.fromkeys(self.objects, "pulled"),
        }  # fmt: skip
        self.write_backs: Mapping[str, str] = description.write_backs
        self._memory: dict[str, Any] = {}
        if description.documents:  # only then it is one of those that tell them (base.TellsDocuments)
            self.documents = self._documents

    def bound(self, settings: Settings) -> Self:
        """As one interface has it: without the objects that its ERP has no module for, with the rows that no list tells."""
        without = tuple(settings.get("without", ()))
        given = {
            name: replace(
                thing, given=tuple({"code": code, "name": told} for code, told in settings[thing.given_in].items())
            )
            for name, thing in self.description.objects.items()
            if thing.given_in in settings
        }
        if not without and not given:
            return self
        made = type(self)(replace(self.description, objects={**self.description.objects, **given}), without)
        made._memory = self._memory
        return made

    def dialect(self, settings: Settings) -> Dialect:
        raise NotImplementedError

    def pull(self, object_name: str, cursor: str | None, settings: Settings) -> Exchange[Page]:
        return (yield from self._reader(object_name, settings).pull(cursor))

    def read_one(self, object_name: str, external_id: str, settings: Settings) -> Exchange[MirrorRecord | None]:
        return (yield from self._reader(object_name, settings).read_one(external_id))

    def keys(self, object_name: str, after: str | None, settings: Settings) -> Exchange[KeyPage]:
        return (yield from self._reader(object_name, settings).keys(after))

    def post(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult]:
        return (yield from posting.post(self._flow(intent, settings), intent))

    def cancel(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult | None]:
        return (yield from posting.cancel(self._flow(intent, settings), intent))

    def _documents(self, stems: tuple[str, ...], after: str | None, settings: Settings) -> Exchange[DocumentPage]:
        return (yield from documents.page(self.description, self._dialect(settings), stems, after, settings))

    def mark(
        self, name: str, of: str, settings: Settings, *, is_on: bool = True, value: str = ""
    ) -> Exchange[Mapping[str, Any]]:
        """Set or take back a mark: a lot block, a supplier block; or a usage decision. The row as read back."""
        told = self.description.marks.get(name)
        if told is None:
            raise Permanent("unsupported", f"{self.product} takes no {name} from us.")
        names = {key: part for key, part in settings.items() if key not in posting.SECRETS}
        values = {"of": of, "is_on": is_on, "value": value, "settings": names}
        return (yield from marks.mark(self._dialect(settings), told, values))

    def probe(self, settings: Settings) -> Exchange[tuple[Finding, ...]]:
        """A few rows of each object, the fields that are not there, and what nobody has tried yet."""
        findings = (
            []
            if self.tried
            else [Finding("tried", True, f"This adapter is {UNTRIED}: check it in a test system first.")]
        )
        for name in self.objects:
            if (given := self.description.objects[name].given_in) and given not in settings:
                findings.append(
                    Finding(name, False, f"The settings of this connection lack “{given}”: no list tells them.")
                )
                continue
            reader = self._reader(name, {**settings, "page_size": 3})
            try:
                _lacking, notes = ((), ()) if not reader.thing.source else (yield from reader.lacking())
                page = yield from reader.pull(None)
            except Temporary:
                raise
            except ConnectorError as problem:
                findings.append(Finding(name, False, problem.message))
            else:
                findings.append(Finding(name, not page.bad, page.bad[0].problem if page.bad else " ".join(notes)))
        return (*findings, self._places(settings))

    def _places(self, settings: Settings) -> Finding:
        wanted = {role for way in self.description.writes for role in way.split(">")} - {"supplier", "regrade"}
        missing = sorted(wanted - dict(settings.get("locations", {})).keys())
        told = f"The settings name no location for: {', '.join(missing)}." if missing else ""
        return Finding("locations", not missing, told)

    def _reader(self, name: str, settings: Settings) -> Reader:
        if name not in self.objects:
            raise Permanent("unknown_object", f"{self.product} has no {name} for us.")
        clock = Clock(zone_of(settings.get("timezone", self.zone)), zone_of(settings.get("day_zone", "UTC")))
        roles = {str(code): role for role, code in dict(settings.get("locations", {})).items()}
        return Reader(
            self._dialect(settings), name, self.description.objects[name], clock, int(settings.get("page_size", PAGE_SIZE)),
            dt.timedelta(seconds=float(settings.get("overlap_seconds", self.overlap))), roles,
        )  # fmt: skip

    def _dialect(self, settings: Settings) -> Dialect:
        try:
            return self.dialect(settings)
        except KeyError as missing:
            raise Permanent("settings", f"The settings of this connection lack {missing}.") from missing

    def _flow(self, intent: PostingIntent, settings: Settings) -> Flow:
        way = posting.way_of(intent)
        write = self.description.writes.get(way)
        if write is None:
            raise Permanent("unsupported", f"{self.product} takes no movement {way} from us.")
        places = {role: str(code) for role, code in dict(settings.get("locations", {})).items()}
        missing = [role for role in way.split(">") if role != "supplier" and role not in places]
        if missing:
            raise Permanent("settings", f"The settings of this connection name no location for: {', '.join(missing)}.")
        return Flow(self._dialect(settings), write, places, settings)
