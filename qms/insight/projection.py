"""Fills the search documents: behind the sealed trail while the plant runs, from all records after a restore."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from qms.journal import following
from qms.records.models import REGISTRY, Comment, Tombstone

from . import bands, terms, vocabulary
from .models import Document

NAME, CHUNK = "search", 2_000
COLUMNS = ("record_type", "record_key", "number", "serial", "site_id", "compartment_id", "container_id", "recorded_at")
KINDS = ("text", "bigint", "text", "bigint", "bigint", "bigint", "bigint", "timestamptz", "text")
WRITE = f"""
INSERT INTO insight_document ({", ".join(COLUMNS)}, terms)
SELECT {", ".join(COLUMNS)}, array_to_tsvector(string_to_array(lexemes || coalesce(
    (SELECT ' {terms.BAND}' || max(number) FROM insight_band WHERE since <= given.recorded_at), ''), ' '))
FROM unnest({", ".join(f"%s::{kind}[]" for kind in KINDS)}) AS given ({", ".join(COLUMNS)}, lexemes)
ON CONFLICT (record_type, record_key) DO UPDATE SET
    {", ".join(f"{c} = excluded.{c}" for c in COLUMNS[2:])}, terms = excluded.terms
RETURNING xmax = 0"""  # of a row that was not there


def catch_up() -> int:
    """Everything sealed since the last time. Returns how many entries were read."""
    read = 0
    while taken := following.follow(NAME, take):
        read += taken
    return read


def take(entries: Sequence[Any]) -> None:
    """Renew the documents of the records that these entries speak of."""
    kinds = {model._meta.label_lower: model for model in REGISTRY.values()}
    touched: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.object_type in kinds and entry.object_key.isdigit():
            touched[entry.object_type].add(int(entry.object_key))
    for label, keys in touched.items():
        renew(kinds[label], keys)


def renew(model: Any, keys: Iterable[int]) -> None:
    """What was disposed of is found no more."""
    gone = set(Tombstone.objects.keys_of(model).filter(record_key__in=keys).values_list("record_key", flat=True))
    if gone:
        Document.objects.filter(record_type=model._meta.label_lower, record_key__in=gone).delete()
    rows = list(model._base_manager.filter(pk__in=set(keys) - gone).order_by("pk"))
    if rows:
        said = comments(model, [row.pk for row in rows])
        write([document(row, said.get(str(row.pk), ())) for row in rows])


def comments(model: Any, keys: list[int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    said = Comment.objects.filter(record_type=model._meta.label_lower, record_key__in=[str(key) for key in keys])
    for key, text in said.values_list("record_key", "text"):
        found[key].append(text)
    return found


def document(row: Any, said: Iterable[str]) -> tuple[Any, ...]:
    texts = [row.number, *(str(getattr(row, name)) for name in (*row.search_ids, *row.search_texts)), *said]
    serial = int(row.number.rpartition("-")[2])
    place = (row.site_id, row.compartment_id, row.container_id, row.created_at)
    found = {terms.of_site(row.site_id), *terms.lexemes(*texts)}
    return row._meta.label_lower, row.pk, row.number, serial, *place, " ".join(sorted(found))


def write(documents: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        bands.lock()
        cursor.execute(WRITE, [list(column) for column in zip(*documents, strict=True)])
        added = sum(is_new for (is_new,) in cursor.fetchall())
        vocabulary.keep(terms.words({lexeme for *_rest, lexemes in documents for lexeme in lexemes.split(" ")}))
        bands.filled(added)


def forget() -> None:
    """Documents of records that are no more (after a restore)."""
    kinds = {model._meta.label_lower: model for model in REGISTRY.values()}
    Document.objects.exclude(record_type__in=kinds).delete()
    for label, model in kinds.items():
        there = model._base_manager.filter(pk=OuterRef("record_key"))
        Document.objects.filter(~Exists(there), record_type=label).delete()


def rebuild(*, wait: bool = True) -> int:
    """All documents anew, from the records as they are, each in its place: meanwhile every record is found as before.
    What happens meanwhile is read from the trail afterwards. One at a time; without `wait` nothing when another is at it."""
    with bands.alone(wait=wait) as is_ours:
        return _rebuild() if is_ours else 0


def _rebuild() -> int:
    position, made = following.newest(), 0
    bands.cut(REGISTRY.values())
    forget()
    for model in REGISTRY.values():
        last = 0
        while keys := list(model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
            with transaction.atomic():
                renew(model, keys)
            last, made = keys[-1], made + len(keys)
    bands.finish()
    following.jump(NAME, position)
    return made
