"""How a part is built, and how it changed: the tree of components, safe against circles, and revisions by content."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .models import Bom, BomLine, Item, MirrorVersion

DEEPEST, MOST = 12, 500
HASHED = ("items", "boms", "routings")


@dataclass(frozen=True)
class Branch:
    """One component at its depth. `is_circle`: it stands above itself already and is not opened again."""

    depth: int
    line: BomLine
    is_circle: bool = False


def tree(item: Item) -> list[Branch]:
    """Everything below the part, depth first. A part of several bills shows the active ones; at most MOST branches."""
    return list(_cut(_below(item.pk, (item.pk,), {}), MOST))


def _cut(branches: Iterator[Branch], most: int) -> Iterator[Branch]:
    for _count, branch in zip(range(most), branches, strict=False):
        yield branch


def _below(item_id: int, above: tuple[int, ...], known: dict[int, list[BomLine]]) -> Iterator[Branch]:
    for line in _lines(item_id, known):
        is_circle = line.item_id in above
        yield Branch(len(above) - 1, line, is_circle)
        if line.item_id and not is_circle and len(above) < DEEPEST:
            yield from _below(line.item_id, (*above, line.item_id), known)


def _lines(item_id: int, known: dict[int, list[BomLine]]) -> list[BomLine]:
    if item_id not in known:
        rows = BomLine.objects.live().filter(bom__item_id=item_id, bom__gone_at=None, bom__is_active=True)
        known[item_id] = list(rows.select_related("item", "unit", "bom").order_by("bom_id", "pk"))
    return known[item_id]


@dataclass(frozen=True)
class ContentRevision:
    """The part with its bills and routings as they stood between two moments; `digest` covers all of them."""

    number: int
    digest: str
    since: Any
    until: Any
    changed: tuple[str, ...]


def content_revisions(item: Item) -> list[ContentRevision]:
    """Numbered from the first reading on, newest first: for an ERP that keeps no revisions. Computed backwards from what
    stands now through what every change replaced."""
    stands = _content_now(item)
    keys = list(stands)
    changes = defaultdict(list)
    rows = MirrorVersion.objects.filter(
        source=item.source, object__in=HASHED, external_id__in=[key for _object, key in keys]
    )
    for version in rows.order_by("replaced_at", "pk"):
        if (version.object, version.external_id) in stands:
            changes[version.run].append(version)
    runs = sorted(changes.values(), key=lambda versions: versions[0].replaced_at)
    found: list[ContentRevision] = []
    until, total = None, len(runs) + 1
    for back, versions in enumerate([*reversed(runs), []]):
        since = versions[0].replaced_at if versions else None
        names = tuple(sorted({version.object for version in versions}))
        found.append(ContentRevision(total - back, _digest(stands), since, until, names))
        for version in versions:
            stands[version.object, version.external_id] = version.content_hash
        until = since
    return found


def _content_now(item: Item) -> dict[tuple[str, str], str]:
    boms = list(Bom.objects.filter(item=item, gone_at=None).select_related("routing"))
    stands = {("items", item.external_id): item.content_hash}
    stands |= {("boms", bom.external_id): bom.content_hash for bom in boms}
    return stands | {
        ("routings", bom.routing.external_id): bom.routing.content_hash for bom in boms if bom.routing is not None
    }


def _digest(stands: dict[tuple[str, str], str]) -> str:
    return hashlib.sha256(json.dumps(sorted([*key, value] for key, value in stands.items())).encode()).hexdigest()
