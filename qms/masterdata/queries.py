"""What pages ask of the mirror: how fresh it is, what names what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from qms.lib.clock import now

from .models import Crosswalk, Freshness, MirrorVersion, ReceiptLine
from .specs import SPECS, Spec

SHOWN = 20


def freshness(object: str) -> QuerySet[Freshness]:
    """One row per source that brings the object."""
    return Freshness.objects.filter(object=object).order_by("source")


def read_at(row: Any, object: str) -> Any:
    """When the row's source was last read to its end; None when never."""
    found = Freshness.objects.filter(object=object, source=row.source).first()
    return found.read_at if found else None


@dataclass(frozen=True)
class Group:
    """Live rows of another object that name this one."""

    object: str
    rows: list[Any]
    total: int
    parent: str = ""  # by which column they name it


def named_by(row: Any, user: Any) -> list[Group]:
    """Who names this row, the lines of a document first. Two queries per kind of object."""
    found = []
    for spec in sorted(SPECS.values(), key=lambda spec: spec.owner == ""):
        for name, model in spec.parents:
            if model is type(row):
                found.append(_group(spec, name, row, user))
    return [group for group in found if group.total]


def _group(spec: Spec, name: str, row: Any, user: Any) -> Group:
    rows = spec.model.objects.visible_to(user).live().filter(**{name: row})
    joined = rows.select_related(*(parent for parent, _model in spec.parents))
    order = ("pk",) if spec.owner == name else ("-pk",)
    return Group(spec.object, list(joined.order_by(*order)[:SHOWN]), rows.count(), name)


def supplier_of(lot: Any) -> Any:
    """Whose lot it is, by the last receipt that brought it; None where nobody knows."""
    if lot is None:
        return None
    lines = ReceiptLine.objects.filter(lot=lot, gone_at=None).select_related("receipt__supplier").order_by("-pk")
    line = lines.first()
    return line.receipt.supplier if line and line.receipt else None


def versions(row: Any, object: str) -> QuerySet[MirrorVersion]:
    """What the source said before, newest first."""
    held = MirrorVersion.objects.filter(object=object, source=row.source, external_id=row.external_id)
    return held.order_by("-replaced_at")[:SHOWN]


def suggestions(object: str, user: Any, text: str, *, size: int = 10) -> list[Any]:
    """Live rows whose number begins with the text, then those that hold it in number or name."""
    rows = (
        SPECS[object]
        .model.objects.visible_to(user)
        .live()
        .filter(**({"is_active": True} if _has_active(object) else {}))
    )
    first = list(rows.filter(number__istartswith=text).order_by("number")[:size])
    if len(first) < size:
        more = rows.filter(number__icontains=text) | (
            rows.filter(name__icontains=text) if _has_name(object) else rows.none()
        )
        first += list(more.exclude(pk__in=[row.pk for row in first]).order_by("number")[: size - len(first)])
    return first


def _has_active(object: str) -> bool:
    return "is_active" in SPECS[object].columns


def _has_name(object: str) -> bool:
    return "name" in SPECS[object].columns


@dataclass(frozen=True)
class Name:
    """A foreign name as a message told it."""

    source: str
    kind: str
    value: str
    revision: str = ""
    site_id: int | None = None


def meanings(names: Iterable[Name], at: datetime) -> dict[Name, str]:
    """What each means here, of those that somebody has said; "" where it stands for several and none fits. One query."""
    asked = list(names)
    sources, values = {name.source for name in asked}, {name.value for name in asked}
    kinds = {name.kind for name in asked}
    rows = Crosswalk.objects.held(at).filter(source__in=sources, kind__in=kinds, foreign_value__in=values)
    held: dict[tuple[str, str, str], list[Crosswalk]] = {}
    for row in rows:
        held.setdefault((row.source, row.kind, row.foreign_value), []).append(row)
    found = {name: _fitting(name, held.get((name.source, name.kind, name.value), ())) for name in asked}
    return {name: row.local_value for name, row in found.items() if row}


def _fitting(name: Name, rows: Iterable[Crosswalk]) -> Crosswalk | None:
    """The most particular: by revision, then by site."""
    fit = [row for row in rows if row.revision in ("", name.revision) and row.site_id in (None, name.site_id)]
    return max(fit, key=lambda row: (row.revision != "", row.site_id is not None), default=None)


def meaning_of(*, source: str, kind: str, name: str) -> str:
    """What a foreign name means here: as somebody has said, "" where it stands for several, else the name itself."""
    asked = Name(source, kind, name)
    return meanings([asked], now()).get(asked, name)


def undecided(names: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Of (source, kind, name) those that stand for several; who asks found no meaning. One query."""
    asked = set(names)
    rows = Crosswalk.objects.current().filter(
        local_value="", source__in={source for source, _k, _n in asked}, foreign_value__in={n for _s, _k, n in asked}
    )
    return asked & set(rows.values_list("source", "kind", "foreign_value"))


def candidates(*, source: str, kind: str, name: str) -> list[Crosswalk]:
    """What a name that stands for several may mean."""
    rows = Crosswalk.objects.current().filter(source=source, kind=kind, foreign_value=name).exclude(local_value="")
    return list(rows.select_related("site").order_by("revision", "pk")[:SHOWN])
