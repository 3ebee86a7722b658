"""Two moments of a record, field by field and row by row, in the words of the reader."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from qms.journal import wording
from qms.journal.wording import Key
from qms.records.models import Attachment, Comment
from qms.records.told import HEAD, is_told, said
from qms.signatures.models import Signature

from .names import Then
from .story import Identity, Rows, Story

STATUS = {"added": _("added"), "removed": _("removed"), "changed": _("changed"), "same": _("unchanged")}
ORDER = tuple(STATUS)


@dataclass
class Field:
    label: str
    old: Any
    new: Any

    @property
    def is_changed(self) -> bool:
        return bool(self.old != self.new)


@dataclass
class Row:
    """A row of the record or of what belongs to it; `title` as it was called at the later moment (or last)."""

    title: str
    status: str
    fields: list[Field] = field(default_factory=list)

    @property
    def word(self) -> Any:
        return STATUS[self.status]

    @property
    def changed(self) -> list[Field]:
        return [f for f in self.fields if f.is_changed]

    @property
    def unchanged(self) -> list[Field]:
        return [f for f in self.fields if not f.is_changed and f.new != "–"]


@dataclass
class Part:
    """Rows of one kind: disposition lines, holds, comments …"""

    title: str
    model: Any
    rows: list[Row]

    @property
    def differing(self) -> list[Row]:
        return [row for row in self.rows if row.status != "same"]

    @property
    def same(self) -> list[Row]:
        return [row for row in self.rows if row.status == "same"]


@dataclass
class Difference:
    own: Row
    parts: list[Part]

    @property
    def is_empty(self) -> bool:
        return not self.own.changed and not any(part.differing for part in self.parts)

    def lines(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        """(part, what, status, field, old, new) of all that differs: for files and the API."""
        for part in [Part("", None, [self.own]), *self.parts]:
            for row in part.differing:
                for each in row.changed:
                    yield part.title, row.title, str(row.word), each.label, str(each.old), str(each.new)


def difference(story: Story, old: datetime | None, new: datetime | None) -> Difference:
    """From one moment to another (None: now)."""
    before, after = Then(story.rows(old), old), Then(story.rows(new), new)
    named = _Naming(before, after)
    own = _row(story.own, before, after, named)
    parts: dict[str, list[Row]] = {}
    for identity in _identities(before.rows, after.rows):
        if identity != story.own:
            parts.setdefault(identity[0], []).append(_row(identity, before, after, named, type(story.record)))
    named.finish()
    _settle([own, *(row for rows in parts.values() for row in rows)])
    return Difference(own, [_part(label, rows) for label, rows in sorted(parts.items(), key=_place)])


def present(story: Story, at: datetime | None) -> tuple[Then, Difference]:
    """Everything as it stood at one moment: the difference to itself, in which all is unchanged."""
    return Then(story.rows(at), at), difference(story, at, at)


LAST = [m._meta.label_lower for m in (Comment, Attachment, Signature)]


def _place(item: tuple[str, Any]) -> tuple[int, str]:
    return (LAST.index(item[0]) + 1 if item[0] in LAST else 0), item[0]


def _part(label: str, rows: list[Row]) -> Part:
    model = apps.get_model(label)
    title = str(model._meta.verbose_name)
    return Part(title[:1].upper() + title[1:], model, sorted(rows, key=lambda row: ORDER.index(row.status)))


def _identities(*sides: Rows) -> list[Identity]:
    found = {identity for side in sides for identity in side}
    return sorted(found, key=lambda identity: (identity[0], int(identity[1])))


def _row(identity: Identity, before: Then, after: Then, named: "_Naming", parent: Any = None) -> Row:
    old, new = before.rows.get(identity), after.rows.get(identity)
    status = "added" if old is None else "removed" if new is None else "changed" if old != new else "same"
    row = Row((before if new is None else after).title(identity), status)
    model: Any = apps.get_model(identity[0])
    for column in model._meta.concrete_fields:
        shown = column.name in ("state", "title") if parent is None else column.name == "state"
        if not (is_told(column, parent) or shown) or column.name in HEAD - {"state", "title"}:
            continue
        sides = [wording.value(model, column.column, (side or {}).get(column.column)) for side in (old, new)]
        label = str(column.verbose_name)
        row.fields.append(named.keep(Field(label[:1].upper() + label[1:], *sides)))
    return row


def _settle(rows: list[Row]) -> None:
    """Values in plain words; a row that differs only in what is not told to people counts as unchanged."""
    for row in rows:
        for each in row.fields:
            each.old, each.new = said(each.old), said(each.new)
        if row.status == "changed" and not row.changed:
            row.status = "same"


class _Naming:
    """Keys of either side get the names that they had on that side, one query per table and side."""

    def __init__(self, before: Then, after: Then) -> None:
        self.sides = (("old", before), ("new", after))
        self.fields: list[Field] = []

    def keep(self, one: Field) -> Field:
        self.fields.append(one)
        return one

    def finish(self) -> None:
        for side, then in self.sides:
            keyed = [f for f in self.fields if isinstance(getattr(f, side), Key)]
            wanted: dict[Any, set[int]] = {}
            for each in keyed:
                key = getattr(each, side)
                wanted.setdefault(key.model, set()).add(int(key.pk))
            names = then(wanted)
            for each in keyed:
                key = getattr(each, side)
                setattr(each, side, names.get((key.model, int(key.pk)), str(key)))
