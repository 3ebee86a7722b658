"""What things were called at a moment: rows of the record itself, regulated rows by their history, the mirror by its kept contents."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models

from qms.journal.wording import Names
from qms.lib.clock import now
from qms.lib.trail import REGULATED

from .story import Identity, Rows

# Base class → function of (model, keys, moment): key → number and name. A higher storey says here what its own tables knew then.
KNOWN_AT: dict[Any, Callable[[Any, set[int], datetime], dict[int, str]]] = {}


@dataclass
class Then:
    """`rows` as they stood; `at` None: now."""

    rows: Rows
    at: datetime | None
    made: dict[tuple[Any, int], Any] = field(default_factory=dict)
    fetched: bool = False

    def __call__(self, wanted: dict[Any, set[int]]) -> Names:
        """For qms.journal.wording.name_people."""
        found: Names = {}
        for model, keys in wanted.items():
            here = {pk for pk in keys if _identity(model, pk) in self.rows}
            found |= {(model, pk): self.title(_identity(model, pk)) for pk in here}
            found |= {(model, pk): text for pk, text in self._elsewhere(model, keys - here).items()}
        return found

    def title(self, identity: Identity) -> str:
        """What the row called itself; its parents are those of that moment too."""
        return str(self.instance(identity))

    def instance(self, identity: Identity) -> Any:
        model: Any = apps.get_model(identity[0])
        place = (model, int(identity[1]))
        if place not in self.made:
            self.made[place] = made = built(model, self.rows[identity])
            for column in model._meta.concrete_fields:
                if column.is_relation and (key := getattr(made, column.attname)) is not None:
                    setattr(made, column.name, self._parent(column.related_model, int(key)))
        return self.made[place]

    def _parent(self, model: Any, pk: int) -> Any:
        identity = _identity(model, pk)
        if identity in self.rows:
            return self.instance(identity)
        if not self.fetched:
            self._fetch()
        return self.made.setdefault((model, pk), model(pk=pk))

    def _fetch(self) -> None:
        """The parents of all rows: one query per table."""
        self.fetched = True
        wanted: dict[Any, set[int]] = {}
        for (label, _key), row in self.rows.items():
            for column in apps.get_model(label)._meta.concrete_fields:
                if column.is_relation and (key := row.get(column.column)) is not None:
                    wanted.setdefault(column.related_model, set()).add(int(key))
        for model, keys in wanted.items():
            known = _known(model)
            found = known(model, keys, self.at or now()) if known else self._found(model, keys)
            self.made |= {(model, pk): model(pk=pk, number=one) if known else one for pk, one in found.items()}

    def _elsewhere(self, model: Any, keys: Iterable[int]) -> dict[int, str]:
        keys = set(keys)
        if known := _known(model):
            return known(model, keys, self.at or now())
        return {pk: str(row) for pk, row in self._found(model, keys).items()}

    def _found(self, model: Any, keys: set[int]) -> dict[int, Any]:
        if self.at is None or getattr(model, "trail_class", "") != REGULATED:
            return dict(model._default_manager.in_bulk(keys))
        past = model.history.filter(**{f"{model._meta.pk.attname}__in": keys}, history_date__lte=self.at)
        names = [f.attname for f in past.model._meta.concrete_fields if not f.name.startswith("history_")]
        rows = past.order_by(model._meta.pk.attname, "-history_id").distinct(model._meta.pk.attname)
        return {row.pk: row for row in (model(**values) for values in rows.values(*names))}


def _known(model: Any) -> Any:
    return next((known for base, known in KNOWN_AT.items() if issubclass(model, base)), None)


def built(model: Any, row: dict[str, Any]) -> Any:
    """An instance of what the trail wrote; it is never saved."""
    columns = {f.column: f for f in model._meta.concrete_fields}
    return model(**{columns[name].attname: _python(columns[name], raw) for name, raw in row.items() if name in columns})


def _python(column: Any, raw: Any) -> Any:
    if isinstance(column, models.JSONField) and isinstance(raw, str):
        return json.loads(raw)
    return column.target_field.to_python(raw) if column.is_relation else column.to_python(raw)


def _identity(model: Any, pk: int) -> Identity:
    return model._meta.label_lower, str(pk)
