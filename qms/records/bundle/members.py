"""What belongs to a record: its own row, what hangs on it (lines, signatures, comments, files) and what it names as its members.

Found by reflection over the regulated models, so that a new kind of line cannot be forgotten in an export. Rows that were deleted
belong too: they are known by the acts that made them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.apps import apps

from qms.journal.models import Entry
from qms.journal.trail import regulated_models
from qms.records.models import Record

Keys = dict[str, set[str]]  # model label → keys, as the trail names them


def of(record: Record) -> Keys:
    """Everything of the record, itself included."""
    found: Keys = defaultdict(set)
    _take(record, found)
    _deleted(record, found)
    return dict(found)


def _take(record: Any, found: Keys) -> None:
    label, key = record._meta.label_lower, str(record.pk)
    if key in found[label]:
        return
    found[label].add(key)
    for row in _hanging(record):
        found[row._meta.label_lower].add(str(row.pk))
    for member, keys in getattr(record, "trail_members", dict)().items():
        model: Any = apps.get_model(member)
        for row in model.objects.filter(pk__in=keys):
            _take(row, found) if isinstance(row, Record) else found[member].add(str(row.pk))


def _hanging(record: Any) -> Iterator[Any]:
    label, key = record._meta.label_lower, str(record.pk)
    for model in by_name():
        yield from model.objects.filter(record_type=label, record_key=key)
    rows: dict[Any, list[Any]] = {type(record): [record]}
    for model, column, parent in children(_model(record)):
        if parent in rows:
            below = list(model._default_manager.filter(**{f"{column}__in": [row.pk for row in rows[parent]]}))
            rows.setdefault(model, []).extend(below)
            yield from below


def _model(record: Any) -> Any:
    return type(record)


@cache
def by_name() -> tuple[Any, ...]:
    """Models that hang on any record by its type and key."""
    columns = {"record_type", "record_key"}
    return tuple(m for m in regulated_models() if columns <= {f.name for f in m._meta.concrete_fields})


@cache
def children(parent: Any) -> tuple[tuple[Any, str, Any], ...]:
    """(model, column, parent) of the rows that hang on a record by foreign key, and of those that hang on these."""
    found: list[tuple[Any, str, Any]] = []
    reached = [parent]
    for above in reached:
        for model, column in _pointing(above):
            if model not in reached:
                found.append((model, column, above))
                reached.append(model)
    return tuple(found)


def _pointing(parent: Any) -> Iterable[tuple[Any, str]]:
    for model in regulated_models():
        if issubclass(model, Record):
            continue
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is parent:
                yield model, field.name
                break


def _deleted(record: Any, found: Keys) -> None:
    """Rows of the record's own tables that are gone: their entries stand in the acts on the record."""
    label, key = record._meta.label_lower, str(record.pk)
    columns = {
        m._meta.label_lower: m._meta.get_field(c).column for m, c, p in children(_model(record)) if p is _model(record)
    }
    if not columns:
        return
    acts = Entry.objects.filter(object_type=label, object_key=key).values("act_id")
    for entry in Entry.objects.filter(act_id__in=acts, object_type__in=columns, kind="row", event__endswith=".delete"):
        old = json.loads(entry.payload)["old"]
        if str(old.get(columns[entry.object_type])) == key:
            found[entry.object_type].add(entry.object_key)
