"""Which members of a push may be written: types, doubles, sites, units and lines of other documents, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Interface
from qms.accounts import access
from qms.accounts.models import ServiceToken, Site
from qms.masterdata.models import Unit
from qms.masterdata.specs import SHARED

from . import members, store

SiteId = int | None


@dataclass(frozen=True)
class Result:
    """What became of one member: created, updated, unchanged, stale, rejected."""

    index: int
    external_id: str
    status: str
    problem: str = ""

    def plain(self) -> dict[str, Any]:
        return {**self.__dict__, "problem": self.problem or None}


class Judge:
    """`results` and `rejected` speak of every member once, in the order of the body."""

    def __init__(
        self, interface: Interface, object: str, given: list[Any], refused: dict[str, str], scope: Any
    ) -> None:
        self.interface, self.object, self.given = interface, object, given
        self.shape = members.shape(object)
        self.keys = [members.identity(value) for value in given]
        self.problems: dict[int, str] = {}
        self.older: set[int] = set()
        self.read: dict[int, dict[str, Any]] = {}
        self.sites: dict[int, SiteId] = {}
        self._read(refused)
        self._doubles()
        self._parents()
        self._own_sites(scope)
        self._lines_of_others()

    def by_site(self) -> dict[SiteId, list[Any]]:
        """Records to be written, in one order for all: two batches never lock rows crosswise."""
        found: dict[SiteId, list[Any]] = defaultdict(list)
        for index in sorted(self.read, key=self.keys.__getitem__):
            found[self.sites[index]].append(members.record(self.shape, self.read[index]))
        return found

    def rejected(self) -> Iterator[tuple[str, str]]:
        for index, problem in sorted(self.problems.items()):
            yield self.keys[index], problem

    def results(self, tally: store.Tally) -> list[Result]:
        words = {line.external_id: line for line in tally.lines if line.object == self.object}
        return [Result(index, key, *self._status(index, words.get(key))) for index, key in enumerate(self.keys)]

    def _status(self, index: int, line: Any) -> tuple[str, str]:
        if index in self.problems:
            return "rejected", self.problems[index]
        if index in self.older:
            return "stale", _("A newer state of the same object stands in this batch.")
        if line is None:
            return "unchanged", ""
        if line.outcome == "failed":
            return "rejected", line.problem
        word = "updated" if line.outcome == "renamed" else line.outcome
        return word, _("What is held here is newer.") if line.outcome == "stale" else ""

    def _drop(self, index: int, why: str) -> None:
        self.problems[index] = why
        self.read.pop(index, None)

    def _read(self, refused: dict[str, str]) -> None:
        for index, value in enumerate(self.given):
            try:
                if why := refused.get(self.keys[index]):
                    raise members.Wrong(why)
                self.read[index] = members.read(self.shape, value)
            except members.Wrong as wrong:
                self.problems[index] = str(wrong)

    def _doubles(self) -> None:
        """Of an object that stands twice in a batch the newest counts; of two that are as old, the later one."""
        newest: dict[str, int] = {}
        for index in sorted(self.read):
            key = self.keys[index]
            held = newest.setdefault(key, index)
            if held == index:
                continue
            if self.read[index]["changed_at"] >= self.read[held]["changed_at"]:
                newest[key] = index
                self.older.add(held)
            else:
                self.older.add(index)
        for index in self.older:
            self.read.pop(index, None)

    # --- parents: named by key or by number; units are known first, and nobody names what belongs to another site ---------

    def _parents(self) -> None:
        named: dict[Any, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for index in list(self.read):
            for field, given, found in self._references(index):
                keys, numbers = named[field.parent]
                if found[field.name]:
                    keys.add(found[field.name])
                elif number := _number(field, given):
                    numbers.add(number)
        known = {model: self._known(model, *wanted) for model, wanted in named.items()}
        self.parent_sites: dict[int, set[int]] = defaultdict(set)
        for index in list(self.read):
            self._join(index, known)

    def _join(self, index: int, known: dict[Any, Any]) -> None:
        for field, given, found in self._references(index):
            by_key, by_number = known.get(field.parent, ({}, {}))
            number = "" if found[field.name] else _number(field, given)
            if number:
                if len(by_number.get(number, ())) != 1:
                    return self._drop(index, _unknown(field, number, by_number))
                found[field.name] = by_number[number][0]
            key = found[field.name]
            if key and key not in by_key and field.parent is Unit:
                return self._drop(index, _("The unit “%(unit)s” is not known. Push the units first.") % {"unit": key})
            if by_key.get(key):
                self.parent_sites[index].add(by_key[key])
        return None

    def _references(self, index: int) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
        """(field, what was sent, what was read) for the member and its lines."""
        for made, given, found in members.parts(self.shape, self.given[index], self.read[index]):
            for field in made.references:
                yield field, given, found

    def _known(self, model: Any, keys: set[str], numbers: set[str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        rows = model.objects.filter(source=self.interface.code)
        by_number: dict[str, list[str]] = defaultdict(list)
        if numbers:
            live = rows.live().filter(number__in=numbers)
            for key, number in live.values_list("external_id", "number"):
                by_number[number].append(key)
        wanted = keys | {key for held in by_number.values() for key in held}
        return dict(rows.filter(external_id__in=wanted).values_list("external_id", "site_id")), by_number

    # --- sites -----------------------------------------------------------------------------------------------------------

    def _own_sites(self, scope: Any) -> None:
        allowed, model = self._allowed(scope), self.shape.spec.model
        keys = [self.keys[index] for index in self.read]
        held = dict(
            model.objects.filter(source=self.interface.code, external_id__in=keys).values_list("external_id", "site_id")
        )
        codes = dict(Site.objects.values_list("code", "pk"))
        for index in list(self.read):
            name = self.given[index].get("site")
            site = codes.get(name) if isinstance(name, str) and name else self.interface.site_id
            stands = held.get(self.keys[index])
            self.sites[index] = site
            if site is None:
                self._drop(index, _("The site “%(site)s” is not known here.") % {"site": str(name)[:40]})
            elif allowed != access.ALL and not {site, stands or site} <= set(allowed):
                self._drop(index, _("The token is not good for the site of this object."))
            elif self.object not in SHARED and not self.parent_sites[index] <= {stands or site}:
                self._drop(index, _("It names an object (a lot, an order) that belongs to another site."))

    def _allowed(self, scope: Any) -> set[int] | str:
        """A batch that was kept is applied with what its sender's tokens open today."""
        if scope is not None:
            return scope.sites
        if self.interface.is_transport:
            codes = self.interface.settings.get("sites", ())
            return {self.interface.site_id, *Site.objects.filter(code__in=codes).values_list("pk", flat=True)}
        tokens = ServiceToken.objects.filter(source=self.interface.code, revoked_at=None, expires_at__gt=timezone.now())
        found = [set(token.sites.values_list("pk", flat=True)) for token in tokens]
        return access.ALL if any(not sites for sites in found) else {self.interface.site_id}.union(*found)

    # --- lines -----------------------------------------------------------------------------------------------------------

    def _lines_of_others(self) -> None:
        """Line keys are unique within the source: one that belongs to another document would be taken from it."""
        for name, line in self.shape.lines:
            owner_of: dict[str, int] = {}
            for index in list(self.read):
                self._own(index, [part["external_id"] for part in self.read[index][name] or ()], owner_of)
            spec = line.spec
            rows = spec.model.objects.live().filter(source=self.interface.code, external_id__in=owner_of)
            for key, owner in rows.values_list("external_id", f"{spec.owner}_ref"):
                if owner != self.keys[owner_of[key]]:
                    self._drop(owner_of[key], _foreign_line(key, owner))

    def _own(self, index: int, keys: list[str], owner_of: dict[str, int]) -> None:
        if taken := next((key for key in keys if key in owner_of), None):
            self._drop(index, _foreign_line(taken, self.keys[owner_of[taken]]))
        else:
            owner_of |= dict.fromkeys(keys, index)


def _number(field: Any, given: Any) -> str:
    value = given.get(field.name.removesuffix("_id"))
    return value.strip() if isinstance(value, str) else ""


def _unknown(field: Any, number: str, known: dict[str, list[str]]) -> str:
    name = field.name.removesuffix("_id")
    told = {"field": name, "number": number[:80], "key": field.name}
    if known.get(number):
        return _("%(field)s “%(number)s” is not unique here; send %(key)s instead.") % told
    return _("%(field)s “%(number)s” is not known here. Send it first, or name it by %(key)s.") % told


def _foreign_line(key: str, owner: str) -> str:
    told = {"key": key, "owner": owner}
    return _("The line %(key)s belongs to %(owner)s. Lines need keys that are unique in the whole source.") % told
