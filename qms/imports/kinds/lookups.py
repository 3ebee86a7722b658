"""What names in a file mean here: set-based, one query per chunk."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from qms.lib.clock import now
from qms.masterdata.models import Item, Lot, Revision, Unit
from qms.masterdata.queries import Name, meanings

from ..registry import Context, Row

MOST_NAMED = 12


def here(context: Context) -> Q:
    return Q(site=None) | Q(site=context.site)


def meant(context: Context, kind: str, names: Iterable[str]) -> dict[str, str]:
    """Name there → name here, where a person said so once; every other name means itself."""
    wanted = set(names)
    asked = [Name(context.mirror, kind, name, site_id=context.site.pk) for name in wanted]
    return {name: name for name in wanted} | {name.value: here for name, here in meanings(asked, now()).items()}


def items(context: Context, numbers: Iterable[str]) -> dict[str, list[Item]]:
    """Live parts of the site by the name in the file."""
    names = meant(context, "item", [number for number in numbers if number])
    found: dict[str, list[Item]] = defaultdict(list)
    rows = Item.objects.live().filter(here(context), number__in=set(names.values())).select_related("unit")
    for item in rows:
        found[item.number].append(item)
    return {name: found[local] for name, local in names.items()}


def check_item(row: Row, found: dict[str, list[Item]], column: str = "part") -> Item | None:
    number = row.values.get(column) or ""
    known = found.get(number, [])
    if len(known) == 1:
        return known[0]
    row.refuse("ambiguous_part" if known else "unknown_part", column, text=number)
    return None


def units(context: Context, names: Iterable[str]) -> dict[str, Unit]:
    """By the name in the file. Of several sources that know a unit of the same name the oldest row is taken."""
    meanings = meant(context, "unit", [name for name in names if name])
    rows = Unit.objects.live().filter(number__in=set(meanings.values())).order_by("-pk")
    found = {unit.number: unit for unit in rows}
    return {name: found[local] for name, local in meanings.items() if local in found}


def known_units() -> str:
    names = Unit.objects.live().order_by("number").values_list("number", flat=True).distinct()
    return ", ".join(names[:40])


def revisions(item_ids: Iterable[int]) -> dict[int, set[str]]:
    """Live revisions of each part that has any."""
    found: dict[int, set[str]] = defaultdict(set)
    for item, number in Revision.objects.live().filter(item__in=set(item_ids)).values_list("item_id", "number"):
        found[item].add(number)
    return found


def check_revision(row: Row, item: Item | None, known: dict[int, set[str]], column: str = "revision") -> None:
    """A part without any known revision takes every text; one that has some takes only those."""
    named = row.values.get(column) or ""
    if item is None or not named or item.pk not in known or named in known[item.pk]:
        return
    names = sorted(known[item.pk])
    shown = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    row.refuse("wrong_revision", column, text=named, part=item.number, known=shown)


def lots(numbers: Iterable[str]) -> dict[tuple[int | None, str], list[Lot]]:
    """Live lots of every site by part and number: one of another site is named as such, not taken for unknown."""
    found: dict[tuple[int | None, str], list[Lot]] = defaultdict(list)
    for lot in Lot.objects.live().filter(number__in={number for number in numbers if number}):
        found[lot.item_id, lot.number].append(lot)
    return found


def check_lot(
    row: Row, item: Item | None, found: dict[Any, list[Lot]], context: Context, column: str = "lot"
) -> Lot | None:
    """The lot of the site, when exactly one is known; a lot that only another site knows is refused."""
    number = row.values.get(column) or ""
    if item is None or not number:
        return None
    known = found.get((item.pk, number), [])
    own = [lot for lot in known if lot.site_id in (None, context.site.pk)]
    if known and not own:
        row.refuse("lot_of_other_site", column, text=number)
    return own[0] if len(own) == 1 else None
