"""What is refused before it is written, each with a sentence and what to do; a page is asked about set by set.

A document is refused as a whole when one of its lines is: nothing is half applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain

from django.db import connection
from django.utils.translation import gettext as _

from qms.masterdata.models import Item, Lot, Revision, Unit
from qms.masterdata.specs import SPECS

from .rows import Document, Row

Problems = dict[str, str]
Told = Mapping[str, set[str]]  # keys that a dry run was told before: they stand in no table
Placed = Mapping[str, list[tuple[str, Row]]]  # by object: key of the document, row
ITEMS, LOTS = ("item_ref",), ("lot_ref", "from_lot_ref", "to_lot_ref")


def problems(
    object: str, source: str, site_id: int | None, documents: list[Document], told: Told | None = None
) -> Problems:
    """Refused documents by their key, with the first reason."""
    told = told or {}
    placed = _placed(object, documents)
    found: Problems = {}
    for check in (
        _negative(placed),
        _unknown_units(source, placed, told),
        _gone_items(source, placed, told),
        _wrong_revisions(source, placed, told),
        _foreign_lots(source, site_id, placed),
        _cycles(source, documents) if object == "boms" else (),
    ):
        for key, why in check:
            found.setdefault(key, why)
    return found


def _placed(object: str, documents: list[Document]) -> Placed:
    found = defaultdict(list, {object: [(document.row["external_id"], document.row) for document in documents]})
    for document in documents:
        for name, rows in document.lines.items():
            found[name] += [(document.row["external_id"], row) for row in rows]
    return found


def _negative(placed: Placed) -> Iterator[tuple[str, str]]:
    for key, row in _telling(placed, "quantity"):
        quantity = row.get("quantity")
        if isinstance(quantity, Decimal) and quantity < 0:
            yield (
                key,
                _("%(number)s has the negative quantity %(quantity)s. Correct it in the ERP, then read it again.")
                % {"number": row.get("number") or key, "quantity": f"{quantity:f}"},
            )


def _telling(placed: Placed, name: str) -> Iterator[tuple[str, Row]]:
    """Rows of the objects that have such a member at all."""
    having = [object for object in placed if name in SPECS[object].columns or name in SPECS[object].refs]
    return chain.from_iterable(placed[object] for object in having)


def _refs(placed: Placed, names: tuple[str, ...]) -> dict[str, list[tuple[str, Row]]]:
    """Rows by the key that they name."""
    found = defaultdict(list)
    for name in names:
        for one in _telling(placed, name):
            if ref := one[1].get(name):
                found[ref].append(one)
    return found


def _unknown_units(source: str, placed: Placed, told: Told) -> Iterator[tuple[str, str]]:
    named = _refs(placed, ("unit_ref",))
    if not named:
        return
    known = set(Unit.objects.filter(source=source, external_id__in=named).values_list("external_id", flat=True))
    for ref in named.keys() - known - told.get("units", set()):
        for key, row in named[ref]:
            yield (
                key,
                _(
                    "%(number)s names the unit “%(unit)s”, which is not known here. Bring the units first, then send it again."
                )
                % {"number": row.get("number") or key, "unit": ref},
            )


def _gone_items(source: str, placed: Placed, told: Told) -> Iterator[tuple[str, str]]:
    named = _refs(placed, ITEMS)
    if not named:
        return
    gone = Item.objects.filter(source=source, external_id__in=named).exclude(gone_at=None)
    for ref, number in gone.values_list("external_id", "number"):
        if ref in told.get("items", set()):
            continue
        for key, row in named[ref]:
            yield (
                key,
                _(
                    "%(number)s names part %(part)s, which has vanished from the ERP. Restore the part there or correct the document."
                )
                % {"number": row.get("number") or key, "part": number},
            )


def _wrong_revisions(source: str, placed: Placed, told: Told) -> Iterator[tuple[str, str]]:
    """Where the source keeps revisions of a part, a revision that is named must be one of them."""
    named = [one for one in _telling(placed, "revision") if one[1].get("revision") and one[1].get("item_ref")]
    if not named:
        return
    refs = {row["item_ref"] for _key, row in named}
    kept = defaultdict(set)
    rows = Revision.objects.live().filter(source=source, item_ref__in=refs)
    for ref, number in rows.values_list("item_ref", "number"):
        kept[ref].add(number)
    for key, row in named:
        known = kept[row["item_ref"]]
        if known and row["revision"] not in known and not told.get("revisions"):
            yield (
                key,
                _(
                    "%(number)s names revision “%(revision)s”; the part has %(known)s. Correct the revision or bring the new one first."
                )
                % {
                    "number": row.get("number") or key,
                    "revision": row["revision"],
                    "known": ", ".join(sorted(known)[:10]),
                },
            )


def _foreign_lots(source: str, site_id: int | None, placed: Placed) -> Iterator[tuple[str, str]]:
    if site_id is None:
        return
    named = _refs(placed, LOTS)
    if not named:
        return
    lots = Lot.objects.filter(source=source, external_id__in=named).exclude(site_id=site_id).exclude(site=None)
    for ref, number, site in lots.values_list("external_id", "number", "site__code"):
        for key, row in named[ref]:
            yield (
                key,
                _(
                    "%(number)s names lot %(lot)s, which belongs to site %(site)s. Send it through that site's interface."
                )
                % {"number": row.get("number") or key, "lot": number, "site": site},
            )


# --- bills of material that contain themselves -----------------------------------------------------------------------

BELOW = f"""
WITH RECURSIVE edge AS (
    SELECT b.external_id AS bom, b.item_ref AS made, l.item_ref AS part
    FROM {SPECS["boms"].table} b JOIN {SPECS["bom-lines"].table} l ON l.source = b.source AND l.bom_ref = b.external_id
    WHERE b.source = %(source)s AND b.gone_at IS NULL AND l.gone_at IS NULL AND b.external_id <> ALL(%(told)s)
), below AS (
    SELECT bom, made, part FROM edge WHERE made = ANY(%(parts)s)
    UNION
    SELECT e.bom, e.made, e.part FROM edge e JOIN below b ON e.made = b.part
)
SELECT made, part FROM below"""


def _cycles(source: str, documents: list[Document]) -> Iterator[tuple[str, str]]:
    """One question for everything that stands below the page's components, then each bill in turn: the one that would
    close the circle is refused, the others stay."""
    told = {document.key: _edges(document) for document in documents}
    below: dict[str, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        parts = {part for edges in told.values() for _made, part in edges}
        cursor.execute(BELOW, {"source": source, "told": list(told), "parts": list(parts)})
        for made, part in cursor.fetchall():
            below[made].add(part)
    for document in documents:
        edges = told[document.key]
        made = str(document.row.get("item_ref") or "")
        if made and _reaches(below, {part for _made, part in edges}, made):
            yield (
                document.key,
                _(
                    "Bill of material %(number)s contains its own part, directly or below. Remove it from the components in the ERP."
                )
                % {"number": document.row["number"]},
            )
            continue
        for _made, part in edges:
            below[made].add(part)


def _edges(document: Document) -> list[tuple[str, str]]:
    made = str(document.row.get("item_ref") or "")
    return [(made, row["item_ref"]) for row in document.lines.get("bom-lines", ()) if made and row.get("item_ref")]


def _reaches(below: Mapping[str, set[str]], start: set[str], wanted: str) -> bool:
    seen, todo = set[str](), [*start]
    while todo:
        part = todo.pop()
        if part == wanted:
            return True
        if part not in seen:
            seen.add(part)
            todo += below.get(part, ())
    return False
