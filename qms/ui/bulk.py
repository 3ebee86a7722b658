"""The same act on many rows of a list: each record its own act, with the same checks as one by one.

What was chosen is told by keys, or by the list's filter with the count that was read; when the set is another one by
then, nothing is done and the new count is shown (lists that edit "all matching" of another set are the worst of bugs).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.lib.errors import Conflict, Invalid, Refusal
from qms.records.queries import record_refuses

from .listspec import ListSpec

MOST, IN_PAGE = 5_000, 200


@dataclass(frozen=True, kw_only=True)
class BulkAct:
    """`perform(record, by, data)` is one call of an act; `refuses(record, by)` answers why not, for the preview.

    An act that is signed also has `meaning(record, by)` and `statement(record, by)`; its `data` then holds `signing` and `version`.
    """

    name: str
    label: Any
    permission: str
    form_class: Any
    perform: Callable[[Any, Any, dict[str, Any]], Any]
    refuses: Callable[[Any, Any], Any]
    meaning: Callable[[Any, Any], str] | None = None
    statement: Callable[[Any, Any], str] | None = None


@dataclass(frozen=True)
class Line:
    number: str
    url: str
    title: str
    why: str = ""


def step_refuses(name: str) -> Callable[[Any, Any], Any]:
    """Why a workflow step is not open to the person on this record."""

    def refuses(record: Any, by: Any) -> Any:
        step = record.workflow.transition(name)
        if not access.may(by, step.permission, record):
            return _("You do not hold the right for this record.")
        if record.state not in step.sources:
            return _("Not possible in the status “%(state)s”.") % {"state": record.get_state_display()}
        return step.blocked(record) or record_refuses(record, step, by)

    return refuses


def right_refuses(permission: str) -> Callable[[Any, Any], Any]:
    def refuses(record: Any, by: Any) -> Any:
        return "" if access.may(by, permission, record) else _("You do not hold the right for this record.")

    return refuses


@dataclass(frozen=True)
class Chosen:
    """The rows as they are now; `digest` names exactly this set, of an act that is signed in exactly these versions."""

    keys: list[int]
    versions: dict[int, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        marks = [f"{key}@{self.versions[key]}" if self.versions else str(key) for key in sorted(self.keys)]
        return hashlib.sha256(",".join(marks).encode()).hexdigest()


def chosen(spec: ListSpec, user: Any, sent: QueryDict, *, signed: bool = False) -> Chosen:
    """Raises Conflict when the set is not the one that was read, Invalid when nothing or too much was chosen.

    `signed`: a record that changed makes it another set, since nobody signs what was not shown.
    """
    if sent.get("all"):
        rows, expected = spec.narrow(user, QueryDict(sent.get("query", "").lstrip("?"))), sent.get("expected", "")
        asked = int(expected) if expected.isdigit() else -1
    else:
        named = {int(key) for key in sent.getlist("key") if key.isdigit()}
        rows, asked = spec.rows(user).filter(pk__in=named), len(named)
    if signed:
        versions = dict(rows.order_by("pk").values_list("pk", "version")[: MOST + 1])
        keys, found = list(versions), Chosen(list(versions), versions)
    else:
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        found = Chosen(keys)
    digest = sent.get("digest", "")
    if len(keys) != asked or (digest and digest != found.digest):
        raise changed(asked, len(keys))
    if not keys:
        raise Invalid(_("No row is selected."), hint=_("Select rows of the list first."))
    if len(keys) > MOST:
        raise Invalid(_("That are more than %(most)s records.") % {"most": MOST}, hint=_("Narrow the list first."))
    return found


def changed(asked: int, now: int) -> Conflict:
    if asked == now:
        return Conflict(
            _("The list has changed: other records match now, or one was changed."),
            hint=_("Look at the list again."),
            code="set_changed",
        )
    return Conflict(
        _("The list has changed: you chose %(asked)s records, now there are %(now)s.") % {"asked": asked, "now": now},
        hint=_("Nothing was changed. Look at the list again and repeat the choice."),
        code="set_changed",
    )


def preview(spec: ListSpec, act: BulkAct, user: Any, keys: list[int]) -> list[Line]:
    """What will change, and what will not with the reason."""
    return [_line(row, act.refuses(row, user)) for row in rows(spec, user, keys)]


def rows(spec: ListSpec, user: Any, keys: Iterable[int]) -> Any:
    return spec.rows(user).filter(pk__in=list(keys)).order_by("pk")


def run(spec: ListSpec, act: BulkAct, user: Any, keys: Iterable[int], data: dict[str, Any]) -> list[Line]:
    """One act per record; a refusal stops none of the others."""
    return [one(act, row, user, data) for row in rows(spec, user, keys)]


def one(act: BulkAct, row: Any, user: Any, data: dict[str, Any]) -> Line:
    try:
        act.perform(row, user, data)
    except Refusal as refusal:
        return _line(row, str(refusal))
    return _line(row, "")


def _line(row: Any, why: Any) -> Line:
    return Line(row.number, row.get_absolute_url(), getattr(row, "title", ""), str(why))
