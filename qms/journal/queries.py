"""Reading the trail: the timeline of a record, and what changed since a version."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from . import wording
from .events import EVENTS
from .models import Entry

HIDDEN = {"id", "uid", "version", "created_at", "answers"}  # answers: shown in words on the page of the command


@dataclass
class Line:
    """One line of a timeline. `kind`: act, comment, signature, file, interface; `changes`: [(label, old, new)]."""

    at: datetime
    event: str
    kind: str
    actor_name: str
    actor_role: str
    sentence: str
    reason: str
    source: str
    seq: int
    act_id: Any
    text: str = ""  # of a comment, as it was written
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)


KINDS = {
    "record.commented": "comment",
    "record.attached": "file",
    "signature.made": "signature",
    "signature.withdrawn": "signature",
}


def kind_of(event: str) -> str:
    return KINDS.get(event, "interface" if event.startswith(("posting.", "hold.post")) else "act")


def timeline(record: models.Model, *, limit: int = 200) -> list[Line]:
    """Acts on the record and on its members (holds, postings), newest first, each with the fields it changed. One query."""
    label, key = record._meta.label_lower, str(record.pk)
    scope = models.Q(object_type=label, object_key=key)
    for member_type, keys in getattr(record, "trail_members", dict)().items():
        scope |= models.Q(object_type=member_type, object_key__in=keys)
    lines = lines_of(Entry.objects.filter(scope).order_by("-id")[: limit * 2], record)[:limit]
    wording.name_people(lines)
    return lines


def lines_of(entries: Iterable[Entry], record: models.Model) -> list[Line]:
    """The acts among the entries, in their order, each with what it changed of the record; keys are not named yet."""
    entries, subject = list(entries), (record._meta.label_lower, str(record.pk))
    rows = {e.act_id: e for e in entries if e.kind == "row" and (e.object_type, e.object_key) == subject}
    return [_line(e, rows.get(e.act_id), type(record)) for e in entries if e.kind == "act"]


def _line(entry: Entry, row: Entry | None, model: type[models.Model]) -> Line:
    payload = json.loads(entry.payload)
    return Line(
        at=entry.ts,
        event=entry.event,
        kind=kind_of(entry.event),
        actor_name=wording.actor(payload["who"]),
        actor_role=payload["who"]["role"],
        sentence=sentence(entry.event, payload["data"]),
        reason=payload["reason"],
        source=wording.source(payload["source"]),
        seq=entry.object_seq,
        act_id=entry.act_id,
        text=payload["data"].get("text", "") if entry.event == "record.commented" else "",
        changes=list(differences(row, model)) if row else [],
    )


def sentence(event: str, data: dict[str, Any]) -> str:
    """The event's sentence in the reader's language; its bare name when this version does not know it."""
    known = EVENTS.get(event)
    if known is None:
        return event
    words = {name: dict(labels).get(data.get(name), data.get(name)) for name, labels in known.words}
    return str(known.sentence) % {**{name: wording.plain(value) for name, value in data.items()}, **words}


def differences(row: Entry, model: type[models.Model]) -> Iterable[tuple[Any, Any, Any]]:
    """(label, old, new) of an updated row, in the words of its fields."""
    payload = json.loads(row.payload)
    if payload["op"] != "update":
        return
    old, new = payload["old"], payload["new"]
    hidden = HIDDEN | set(getattr(model, "told_on_page", ()))
    for column in sorted(new):
        if column not in hidden and old.get(column) != new[column]:
            before, after = (wording.value(model, column, side.get(column)) for side in (old, new))
            yield wording.label(model, column), before, after


def changes_since(record: models.Model, version: int) -> list[tuple[str, datetime, Any, Any, Any]]:
    """[(who, when, field, old, new)] of every change of the record's row after the version."""
    label, key = record._meta.label_lower, str(record.pk)
    entries = list(Entry.objects.filter(object_type=label, object_key=key).order_by("object_seq"))
    names = {e.act_id: json.loads(e.payload)["who"]["name"] for e in entries if e.kind == "act"}
    found: list[tuple[str, datetime, Any, Any, Any]] = []
    for entry in entries:
        if entry.kind == "row" and (json.loads(entry.payload)["new"] or {}).get("version", 0) > version:
            found += [(names.get(entry.act_id, entry.actor_id), entry.ts, *d) for d in differences(entry, type(record))]
    return found
