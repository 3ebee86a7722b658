"""Events out: which acts of the journal other systems hear of, and how each is told (CloudEvents 1.0).

Told from the journal alone: the act's own line, and the versions of its record and its NCR as they stood then. The same entry
therefore reads the same in the feed, in a webhook and when it is sent again.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from ncr.models import Nonconformance
from qms.journal import EVENTS, Event
from qms.journal.models import Entry
from qms.lib import canonical, statement
from qms.lib.errors import Invalid

NCR = "ncr.nonconformance"
PING = "webhook.pinged"


@dataclass(frozen=True)
class Family:
    """Events `<name>.…` go out. `ncr_column`: the column of the record's row that holds the key of its NCR."""

    name: str
    ncr_column: str
    to_mes: bool = True
    kept_back: frozenset[str] = frozenset()


FAMILIES = (
    Family("ncr", "id", kept_back=frozenset({"ncr.drafted"})),  # a draft is nobody's news yet
    Family("hold", "ncr_id", kept_back=frozenset({"hold.drafted"})),
    Family("command", "record_key"),
    Family("posting", "record_key", to_mes=False),
)
BY_NAME = {family.name: family for family in FAMILIES}


@cache
def outgoing(*, to_mes: bool = False) -> dict[str, Event]:
    """Type outside → event, of everything that goes out."""
    found = {}
    for event in EVENTS.values():
        family = BY_NAME.get(event.name.partition(".")[0])
        if family and event.name not in family.kept_back and (family.to_mes or not to_mes):
            found[event.type] = event
    return dict(sorted(found.items()))


def described() -> dict[str, Event]:
    """Whose schemas are served: what goes out, and the test event."""
    return {**outgoing(), EVENTS[PING].type: EVENTS[PING]}


def chosen(types_named: list[str], *, to_mes: bool = False) -> list[str]:
    """Names in the journal of the types that were asked for; all when none was. Raises Invalid for an unknown one."""
    known = outgoing(to_mes=to_mes)
    if unknown := [name for name in types_named if name not in known]:
        raise Invalid(
            _("There is no event type “%(name)s” here.") % {"name": unknown[0]},
            field="types",
            hint=_("Known types: %(types)s.") % {"types": ", ".join(known)},
        )
    return [event.name for name, event in known.items() if not types_named or name in types_named]


@dataclass(frozen=True)
class News:
    """An act with what stood in its record's and its NCR's row when it was journalled (None: no such row)."""

    entry: Entry
    row: dict[str, Any] | None
    ncr: dict[str, Any] | None

    @property
    def ncr_key(self) -> int | None:
        return int(self.ncr["id"]) if self.ncr else None


# The newest version of a row before the act's line: an act changes first and journals last (architecture.md §7).
ROWS = """
SELECT asked.ord, r.payload FROM unnest(%s::text[], %s::text[], %s::bigint[]) WITH ORDINALITY AS asked(type, key, before, ord),
LATERAL (SELECT e.payload FROM journal_entry e
         WHERE e.object_type = asked.type AND e.object_key = asked.key AND e.kind = 'row' AND e.id < asked.before
         ORDER BY e.object_seq DESC LIMIT 1) r"""


def read(entries: list[Entry]) -> list[News]:
    """Two queries for any number of entries."""
    rows = _versions([(e.object_type, e.object_key, e.id) for e in entries])
    asked = [(NCR, _ncr_key(entry, row), entry.id) for entry, row in zip(entries, rows, strict=True)]
    ncrs = _versions(asked)
    return [News(*each) for each in zip(entries, rows, ncrs, strict=True)]


def _versions(asked: list[tuple[str, str, int]]) -> list[dict[str, Any] | None]:
    found: list[dict[str, Any] | None] = [None] * len(asked)
    if asked:
        columns = [list(column) for column in zip(*asked, strict=True)]
        for place, payload in statement.rows(ROWS, columns):
            found[place - 1] = json.loads(payload)["new"]
    return found


def _ncr_key(entry: Entry, row: dict[str, Any] | None) -> str:
    family = BY_NAME.get(entry.event.partition(".")[0])
    if row is None or family is None or row.get("record_type", NCR) != NCR:
        return ""
    return str(row[family.ncr_column])


def visible(news: list[News], user: Any) -> list[News]:
    """What is about NCRs that the caller may see now: site, compartment and container."""
    keys = {each.ncr_key for each in news if each.ncr_key}
    seen = set(Nonconformance.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))
    return [each for each in news if each.ncr_key in seen]


def public(news: list[News], site_ids: set[int]) -> list[News]:
    """For subscriptions, which nobody's eyes stand behind: of these sites, and never out of an export compartment."""
    keys = {each.ncr_key for each in news if each.ncr_key}
    open_ones = Nonconformance.objects.filter(Q(compartment=None), pk__in=keys, site_id__in=site_ids)
    seen = set(open_ones.values_list("pk", flat=True))
    return [each for each in news if each.ncr_key in seen]


def told(news: News, site_codes: dict[int, str]) -> dict[str, Any]:
    """The CloudEvent. `sequence` counts the lines of one subject: receivers keep the highest."""
    payload = json.loads(news.entry.payload)
    event = EVENTS[news.entry.event]
    version = int(news.entry.schema_version)
    kind = f"qms.{event.name}.v{version}"
    site = site_codes.get(news.entry.site or 0, "")
    data = dict(payload["data"])
    if payload["reason"]:
        data["reason"] = payload["reason"]
    if news.ncr:
        data["about"] = about(news.ncr)
    return {
        "specversion": "1.0",
        "id": str(news.entry.id),
        "source": f"urn:qms:{site}" if site else "urn:qms",
        "type": kind,
        "subject": payload["label"],
        "time": payload["ts"],
        "datacontenttype": "application/json",
        "dataschema": f"{settings.BASE_URL}/api/v1/schemas/{kind}",
        "sequence": f"{news.entry.object_seq:010d}",
        **({"site": site} if site else {}),
        **({"recordversion": news.row["version"]} if news.row and "version" in news.row else {}),
        "data": data,
    }


def about(ncr: dict[str, Any]) -> dict[str, Any]:
    """The NCR, and the defect in the MES that it came from: its own source and id."""
    return {
        "record": ncr["number"],
        "url": f"{settings.BASE_URL}/r/{ncr['number']}",
        "status": ncr["state"],
        "version": ncr["version"],
        "source": ncr["source"] or None,
        "source_event": ncr["source_event"] or None,
    }


def body(event: dict[str, Any]) -> bytes:
    return canonical.dumps(event).encode()


ABOUT = {
    "type": "object",
    "description": "The nonconformance as it stood, and the defect in the MES that it came from.",
    "properties": {
        "record": {"type": "string"},
        "url": {"type": "string", "format": "uri"},
        "status": {"type": "string"},
        "version": {"type": "integer"},
        "source": {"type": ["string", "null"]},
        "source_event": {"type": ["string", "null"]},
    },
    "required": ["record", "url", "status", "version", "source", "source_event"],
}
PLAIN = {str: "string", int: "integer", bool: "boolean", dict: "object"}


def schema(event: Event) -> dict[str, Any]:
    """JSON Schema of `data`, made of the payload's fields. A later minor release may add members, so others are allowed."""
    hints = typing.get_type_hints(event.payload)
    fields = {f.name: json_type(hints[f.name]) for f in dataclasses.fields(event.payload)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{settings.BASE_URL}/api/v1/schemas/{event.type}",
        "title": event.type,
        "type": "object",
        "properties": {**fields, "reason": {"type": "string"}, "about": ABOUT},
        "required": sorted(fields),
    }


def json_type(hint: Any) -> dict[str, Any]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, tuple):
        return {"type": "array", "items": json_type(inner[0])}
    if origin in (typing.Union, types.UnionType):
        kinds = [each for each in inner if each is not type(None)]
        plain = json_type(kinds[0])
        return {**plain, "type": [plain["type"], "null"]} if "type" in plain else plain
    if hint is Any:
        return {}
    return {"type": PLAIN[origin or hint]}
