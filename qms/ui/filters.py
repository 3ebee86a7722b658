"""Declared filters of a list. Each knows its form field, its condition and how to name itself as a chip."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from . import widgets


@dataclass(frozen=True)
class Chip:
    """One active condition: what it says, and the parameters to remove."""

    label: Any
    text: Any
    names: tuple[str, ...]
    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class Filter:
    name: str = field(kw_only=False)
    label: Any = field(kw_only=False)
    field: str = ""
    main: bool = False  # shown above the table, not only in the filter panel

    @property
    def path(self) -> str:
        return self.field or self.name

    def form_fields(self) -> dict[str, forms.Field]:
        raise NotImplementedError

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        """None when the filter is not in use."""
        raise NotImplementedError

    def chips(self, cleaned: dict[str, Any]) -> list[Chip]:
        value = cleaned.get(self.name)
        return [Chip(self.label, value, (self.name,))] if value not in (None, "", []) else []


@dataclass(frozen=True, kw_only=True)
class Choices(Filter):
    """Several codes at once, joined by OR. `choices` may be a callable (asked on each request)."""

    choices: Iterable[tuple[str, Any]] | Callable[[], Iterable[tuple[str, Any]]] = ()

    def pairs(self) -> list[tuple[str, Any]]:
        return list(self.choices() if callable(self.choices) else self.choices)

    def form_fields(self) -> dict[str, forms.Field]:
        return {
            self.name: forms.MultipleChoiceField(
                label=self.label, choices=self.pairs(), required=False, widget=forms.CheckboxSelectMultiple
            )
        }

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        return Q(**{f"{self.path}__in": values}) if (values := cleaned.get(self.name)) else None

    def chips(self, cleaned: dict[str, Any]) -> list[Chip]:
        names = {str(code): label for code, label in self.pairs()}
        return [Chip(self.label, names.get(v, v), (self.name,), v) for v in cleaned.get(self.name) or []]


@dataclass(frozen=True, kw_only=True)
class Text(Filter):
    lookup: str = "icontains"

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: forms.CharField(label=self.label, required=False, max_length=200)}

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        return Q(**{f"{self.path}__{self.lookup}": value}) if (value := cleaned.get(self.name)) else None


@dataclass(frozen=True, kw_only=True)
class Lookup(Text):
    """Exact natural key, offered by a remote combobox; plain text entry without JavaScript."""

    url: str = ""
    lookup: str = "exact"

    def form_fields(self) -> dict[str, forms.Field]:
        try:
            reverse(self.url)
        except NoReverseMatch:
            return super().form_fields()
        box = widgets.Combobox(url=self.url)
        return {self.name: forms.CharField(label=self.label, required=False, max_length=200, widget=box)}


@dataclass(frozen=True, kw_only=True)
class Flag(Filter):
    """A yes/no narrowing. `where` is a Q, or a callable of the reader that gives one."""

    where: Q | Callable[[Any], Q] = field(default_factory=Q)

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: forms.BooleanField(label=self.label, required=False)}

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        if not cleaned.get(self.name):
            return None
        return self.where(user) if callable(self.where) else self.where

    def chips(self, cleaned: dict[str, Any]) -> list[Chip]:
        return [Chip("", self.label, (self.name,))] if cleaned.get(self.name) else []


@dataclass(frozen=True, kw_only=True)
class Range(Filter):
    """Two bounds, both included: `name_from`, `name_to`."""

    def bound(self, label: Any) -> forms.Field:
        raise NotImplementedError

    def limits(self, cleaned: dict[str, Any]) -> tuple[Any, Any]:
        return cleaned.get(f"{self.name}_from"), cleaned.get(f"{self.name}_to")

    def form_fields(self) -> dict[str, forms.Field]:
        labels = {"from": gettext_lazy("from"), "to": gettext_lazy("to")}
        return {f"{self.name}_{end}": self.bound(_Joined(self.label, word)) for end, word in labels.items()}

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        low, high = self.limits(cleaned)
        condition = Q()
        if low is not None:
            condition &= Q(**{f"{self.path}__gte": low})
        if high is not None:
            condition &= Q(**{f"{self.path}__lte": high})
        return condition or None

    def chips(self, cleaned: dict[str, Any]) -> list[Chip]:
        low, high = Range.limits(self, cleaned)
        if low is None and high is None:
            return []
        names = (f"{self.name}_from", f"{self.name}_to")
        text = f"{low}…{high}" if None not in (low, high) else f"≥ {low}" if high is None else f"≤ {high}"
        return [Chip(self.label, text, names)]


class _Joined:
    """A label of two translated words, joined when it is shown."""

    def __init__(self, *words: Any) -> None:
        self.words = words

    def __str__(self) -> str:
        return " ".join(str(word) for word in self.words)


@dataclass(frozen=True, kw_only=True)
class NumberRange(Range):
    def bound(self, label: Any) -> forms.Field:
        return forms.DecimalField(label=label, required=False, max_digits=20, decimal_places=6)


@dataclass(frozen=True, kw_only=True)
class DateRange(Range):
    """Whole days in the reader's zone. `of_time` False: the column itself is a date."""

    of_time: bool = True

    def bound(self, label: Any) -> forms.Field:
        return forms.DateField(label=label, required=False, widget=widgets.Day())

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        if not self.of_time:
            return super().condition(cleaned, user)
        low, high = self.limits(cleaned)
        condition = Q()
        if low is not None:
            condition &= Q(**{f"{self.path}__gte": midnight(low)})
        if high is not None:
            condition &= Q(**{f"{self.path}__lt": midnight(high + datetime.timedelta(days=1))})
        return condition or None


def midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


class FilterForm(forms.Form):
    """Built from a list's declared filters; `prefix`-less so that the URL stays readable."""

    def __init__(self, data: Any, filters: Iterable[Filter]) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.filters = tuple(filters)
        for declared in self.filters:
            self.fields.update(declared.form_fields())

    def chips(self) -> list[Chip]:
        return [chip for declared in self.filters for chip in declared.chips(self.cleaned_data)]

    def groups(self) -> list[tuple[Filter, list[Any]]]:
        """(filter, its bound fields) for the template."""
        return [(f, [self[name] for name in f.form_fields()]) for f in self.filters]

    def reasons(self) -> str:
        return " ".join(
            f"{self.fields[name].label}: {' '.join(map(str, errors))}" for name, errors in self.errors.items()
        )
