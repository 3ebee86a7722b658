"""One attempt per occasion, each in a transaction of its own: it becomes one inspection, or work for a person that says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.lib.clock import now
from qms.lib.errors import Conflict, Refusal
from qms.records.actions import check_reason

from .. import events
from ..choices import LotOrigin, Occasion
from ..models import Inspection, InspectionOccasion, InspectionPlan
from ..workflow import MANAGE
from .lots import open_lot, release
from .shipments import keep_back

LOG = logging.getLogger(__name__)
ACCOUNT = "automation"  # stands in the trail for what rules and triggers do; it has no password and no token
SLOWEST = timedelta(hours=1)


@dataclass(frozen=True)
class Scope:
    """What the account may do here: release, on the site of the plan."""

    sites: set[int]
    permissions: frozenset[str] = frozenset({"inspection.manage", "inspection.view"})


@dataclass(frozen=True)
class Due:
    """`given()`: what open_lot is told beside plan and origin; raises a Refusal where the lot cannot be said.
    `known`: an inspection that somebody began in the meantime."""

    occasion: Occasion
    plan: InspectionPlan
    key: str
    source_key: int
    subject: str
    given: Callable[[], dict[str, Any]]
    known: Callable[[], Inspection | None] = lambda: None


def attempt(due: Due) -> Inspection | None:
    """None where it could not be, or where another worker was faster."""
    try:
        with transaction.atomic():
            return _begin(due)
    except Refusal as refusal:
        problem = str(refusal)
    except Exception as fault:  # whatever one object causes, the others of the round are not to suffer from it
        if InspectionOccasion.objects.filter(key=due.key, inspection__isnull=False).exists():
            return None
        LOG.exception("occasion %s", due.key)
        problem = _("An unexpected fault (%(name)s). The worker's log tells more.") % {"name": type(fault).__name__}
    with transaction.atomic():
        _fail(due, problem)
    return None


def _begin(due: Due) -> Inspection | None:
    row = InspectionOccasion.objects.select_for_update().filter(key=due.key).first()
    if row and not row.is_waiting:
        return None
    agent = agent_of(due.plan)
    made = due.known() or open_lot(plan=due.plan, by=agent, origin=_origin(due), **due.given())
    with journal.act(events.TRIGGERED, by=agent) as act:
        row = row or _row(due)
        row.plan, row.inspection, row.next_at = due.plan, made, None
        row.save()
        act.record(made, told(row))
    keep_back(inspection=made, by=agent)
    if made.state != "CREATED":
        return made
    try:
        with transaction.atomic():
            return release(inspection=made, by=agent)
    except Refusal:  # sampling is discontinued: it stays created, and its page says why
        return made


def _origin(due: Due) -> LotOrigin:
    return LotOrigin.RECEIPT if due.occasion == Occasion.RECEIPT else LotOrigin.TRIGGER


def _row(due: Due) -> InspectionOccasion:
    return InspectionOccasion(
        site_id=due.plan.site_id, key=due.key, occasion=due.occasion, kind=due.plan.kind, source_key=due.source_key,
        subject=due.subject[:300], part_number=due.plan.part_number, plan=due.plan, since=now(),
    )  # fmt: skip


def _fail(due: Due, problem: str) -> None:
    with journal.act(events.NOT_TRIGGERED, by=agent_of(due.plan)) as act:
        row = InspectionOccasion.objects.select_for_update().filter(key=due.key).first() or _row(due)
        if not row.is_waiting:
            return
        row.problem, row.tries, row.plan = problem[:2000], row.tries + 1, due.plan
        row.next_at = now() + min(timedelta(minutes=2 ** min(row.tries - 1, 10)), SLOWEST)
        row.save()
        act.record(row, told(row))


def agent_of(plan: InspectionPlan) -> User:
    agent = User.objects.get(username=ACCOUNT)
    agent.token_scope = Scope({plan.site_id})  # type: ignore[attr-defined]  # as a token's scope: access asks for it
    return agent


def gone(row: InspectionOccasion) -> None:
    """What told it is gone, or no plan asks for it any more: nobody has to look."""
    with journal.act(events.TRIGGER_GONE, by=agent_of(row.plan)) as act:
        held = InspectionOccasion.objects.select_for_update().get(pk=row.pk)
        if not held.is_waiting:
            return
        held.closed_at, held.next_at = now(), None
        held.reason = _("It is gone, or no released plan asks for it any more.")
        held.save()
        act.record(held, told(held))


def close_occasion(*, occasion: InspectionOccasion, by: Any, reason: str) -> InspectionOccasion:
    """It is not inspected by a trigger any more. Raises Forbidden, Invalid, Conflict."""
    access.check(by, MANAGE, occasion)
    check_reason(reason)
    with journal.act(events.TRIGGER_CLOSED, by=by, reason=reason) as act:
        row = still_waiting(InspectionOccasion.objects.select_for_update().get(pk=occasion.pk))
        row.closed_at, row.closed_by, row.reason, row.next_at = now(), by, reason.strip(), None
        row.save()
        act.record(row, told(row))
    return row


def still_waiting(row: InspectionOccasion) -> InspectionOccasion:
    """Raises Conflict where it does not."""
    if not row.is_waiting:
        raise Conflict(
            _("%(subject)s does not wait any more.") % {"subject": row.subject},
            hint=_("Load the page again to see what became of it."),
            code="not_waiting",
        )
    return row


def told(row: InspectionOccasion) -> events.OccasionTold:
    return events.OccasionTold(
        occasion=row.occasion, subject=row.subject, part=row.part_number, plan=row.plan.number,
        inspection=row.inspection.number if row.inspection else "", problem="" if row.inspection else row.problem,
        tries=row.tries,
    )  # fmt: skip
