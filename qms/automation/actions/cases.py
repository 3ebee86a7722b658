"""What people do with a case: accept, approve, confirm, dismiss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qms import journal
from qms.lib.clock import now
from qms.lib.quantity import show
from qms.records import actions as records

from .. import events, queries
from ..choices import Why
from ..models import Case, Rule
from . import carrying


def accept(*, case: Case, by: Any, version: int | None = None) -> Case:
    """The suggestion is carried out by the person who accepts it, with their own rights. Raises Refusal."""
    return _step(case, "accept", by, version=version, change=_carried(by))


def approve(*, case: Case, by: Any, version: int | None = None) -> Case:
    """What the rule asked leave for is done, in the name of who approves. Raises Refusal."""
    return _step(case, "approve", by, version=version, change=_carried(by))


def _carried(by: Any) -> records.Change:
    def change(row: Case) -> tuple[str, ...]:
        row.ncr, row.acted_at = carrying.carry(case=row, by=by), now()
        return ("ncr", "acted_at")

    return change


def confirm(*, case: Case, by: Any, version: int | None = None) -> Case:
    """The rule was right; counts for its precision."""
    return _step(case, "confirm", by, version=version)


def dismiss(*, case: Case, by: Any, reason: str, version: int | None = None) -> Case:
    """The rule was wrong. A nonconformance that it opened is cancelled by its own step; a hold is released by its own."""
    done = _step(case, "dismiss", by, version=version, reason=reason)
    _doubt(case.rule, by)
    return done


def _doubt(rule: Rule, by: Any) -> None:
    """Told once, when the share of right ones first falls below a half."""
    found = queries.precision(rule)
    if found.doubtful and found.judged == queries.ENOUGH or found.doubtful and found.dismissed == found.confirmed + 1:
        from .rules import told

        with journal.act(events.RULE_DOUBTED, by=journal.SYSTEM) as act:
            act.record(rule, told(rule))


def _step(case: Case, name: str, by: Any, **options: Any) -> Case:
    row: Case = records.step(record=case, name=name, by=by, payload=changed, **options)
    return row


def changed(case: Case) -> events.CaseChanged:
    return events.CaseChanged(
        number=case.number,
        rule=case.rule.number,
        hits=case.hits,
        quantity=show(case.quantity),
        ncr=case.ncr.number if case.ncr else "",
        why=str(Why(case.why).label) if case.why else "",
    )


CASE_STEPS: dict[str, Callable[..., Case]] = {
    "accept": accept,
    "approve": approve,
    "confirm": confirm,
    "dismiss": dismiss,
}
