"""Who owns a field, and what becomes of a value that somebody else tells: asked wherever another system, or a person, writes.

Editions in use never change, so they are kept by their key; which one is in use is asked each time.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from .models import Matrix, System

SHIPPED = Path(__file__).parent / "data" / "matrix.csv"
ALL = "*"
ROWS: dict[int, Ownership] = {}
Names = Callable[[int | None], Mapping[str, str]]
NAMES: list[Names] = []


@dataclass(frozen=True)
class Rule:
    object: str
    field: str
    owner: str
    otherwise: str

    def allows(self, *writers: str) -> bool:
        """`writers`: the kind of the system (erp, mes, qms), and the code of its interface."""
        owner = System.ERP if self.owner == System.TRANSACTION else self.owner
        return owner == System.ANY or owner in writers

    @property
    def owner_shown(self) -> Any:
        return System(self.owner).label if self.owner in System.values else self.owner

    @property
    def is_said(self) -> bool:
        """One system is named: a kind of system, or one interface."""
        return self.owner not in (System.ANY, System.EVIDENCE)

    @property
    def told_by(self) -> Any:
        """The system alone, where a value of its stands on a page."""
        return System.ERP.label if self.owner == System.TRANSACTION else self.owner_shown


@dataclass(frozen=True)
class Ownership:
    rules: Mapping[tuple[str, str], Rule]

    def rule(self, object: str, field: str) -> Rule | None:
        return self.rules.get((object, field)) or self.rules.get((object, ALL))

    def verdict(self, object: str, field: str, *writers: str) -> str:
        """Empty where the writer may write; else refused, logged or conflict."""
        rule = self.rule(object, field)
        return "" if rule is None or rule.allows(*writers) else rule.otherwise

    def kept(self, object: str, fields: Iterable[str], *writers: str) -> frozenset[str]:
        """Fields of an object that the writer may not write though it writes the object."""
        return frozenset(name for name in fields if self.verdict(object, name, *writers))


def named_by(names: Names) -> None:
    """The room that holds the interfaces registers their names by code: one of two ERPs can own what the other may not tell."""
    NAMES[:] = [names]


def systems(site_id: int | None) -> dict[str, Any]:
    """Who may own a field at the site: kinds of systems, then interfaces by their code."""
    named = {code: name for names in NAMES for code, name in names(site_id).items()}
    return {**dict(System.choices), **{code: name for code, name in named.items() if code not in System.values}}


def of(site_id: int | None) -> Ownership:
    """The edition in use at the site, else the shipped one. One query."""
    used = Matrix.objects.filter(state="ACTIVE")
    key = used.filter(site_id=site_id).values_list("pk", flat=True).first() if site_id else None
    return by_key(key)


def made(rows: Iterable[Mapping[str, Any]]) -> Ownership:
    names = ("object", "field", "owner", "otherwise")
    rules = [Rule(*(str(row[name]) for name in names)) for row in rows]
    return Ownership({(rule.object, rule.field): rule for rule in rules})


@functools.cache
def shipped_rows() -> tuple[Mapping[str, str], ...]:
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@functools.cache
def shipped() -> Ownership:
    return made(shipped_rows())


def by_key(key: int | None) -> Ownership:
    """Of the edition with this key, else the shipped one."""
    if key is None:
        return shipped()
    if key not in ROWS:
        ROWS[key] = made(Matrix.objects.values_list("rows", flat=True).get(pk=key))
    return ROWS[key]


def with_owner(value: Any, rule: Rule | None) -> Any:
    """The value with its owner in small, where one system owns it."""
    if rule is None or not rule.is_said:
        return value
    word = _("ours") if rule.owner == System.QMS else _("from %(system)s") % {"system": rule.told_by}
    return format_html('{} <small class="text-secondary">{}</small>', value, word)
