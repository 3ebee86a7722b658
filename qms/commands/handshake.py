"""Acts on commands: asked of the shop floor, answered by it with evidence, watched by the clock, verified by another person."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access, refusals
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.quantity import show
from qms.records.actions import check_reason, locked
from qms.workflow.apply import apply, check

from . import events
from .choices import DEADLINES, ESCALATION, READ_IS_ENOUGH, SHORTEST_MINUTES, Ask, Verification
from .models import Command

CLOCK = journal.Actor(id="system:clock", name="System")
TOLD = {"acknowledged": "acknowledge", "executed": "execute", "rejected": "reject", "partial": "part"}
TOLD |= {"cancelled": "confirm-cancel"}
COUNTED = ("segregated", "shipped", "scrapped", "not_found")
TARGET_FIELDS = ("severity", "part", "part_revision", "lot", "order", "operation", "work_center", "serials", "text")


def request(
    *, record: Any, kind: Ask, purpose: str, target: str, quantity: Decimal, unit: str, by: Any, **fields: Any
) -> Command:
    """Ask one system, inside the caller's transaction. `fields`: TARGET_FIELDS, valid_until. The same ask again changes nothing."""
    same = Command.objects.of(record).filter(purpose=purpose, target=target).first()
    if same:
        return same
    with journal.act(journal.EVENTS["command.requested"], by=by) as act:
        row = Command.objects.create(
            kind=kind,
            record_type=record._meta.label_lower,
            record_key=str(record.pk),
            record_number=record.number,
            purpose=purpose,
            site_id=record.site_id,
            target=target,
            quantity=quantity,
            unit=unit,
            requested_by_id=getattr(by, "pk", None),
            due_at=deadline("REQUESTED", fields.get("severity", ""), kind, fields.get("valid_until")),
            **fields,
        )
        act.record(row, changed(row))
    return row


def deadline(state: str, severity: str, kind: str = "", until: dt.datetime | None = None) -> dt.datetime | None:
    """By integration-mes.md §8; a critical one gets a quarter, and what asks once a minute can always keep it.

    Where reading is enough nothing is owed after it; what holds `until` a time is no longer waited for after it.
    """
    if state not in DEADLINES or kind in READ_IS_ENOUGH and state not in ("REQUESTED", "DELIVERED", "CANCEL_REQUESTED"):
        return None
    minutes = DEADLINES[state] / (4 if severity == "critical" else 1)
    found = now() + dt.timedelta(minutes=max(minutes, SHORTEST_MINUTES))
    return min(found, until) if until and state != "EXECUTED" else found


def changed(row: Command, problem: str = "") -> events.CommandChanged:
    return events.CommandChanged(
        command=str(row.uid),
        kind=row.kind,
        record=row.record_number,
        target=row.target,
        state=row.state,
        lot=row.lot,
        quantity=show(row.quantity),
        unit=row.unit,
        problem=problem or row.problem,
        text=row.text if row.is_ask else "",
        valid_until=canonical.instant(row.valid_until) if row.valid_until else "",
    )


def _step(command: Command, name: str, *, by: Any, reason: str = "", **values: Any) -> Command:
    transition = command.workflow.transition(name)
    with journal.act(journal.EVENTS[transition.event], by=by, reason=reason) as act:
        row: Command = locked(command)
        check(row, transition)
        values["due_at"], values["overdue"] = _due(row, transition.leads_to(row.state)), 0
        if name == "expire":
            values["overdue"] = row.overdue
        for field, value in values.items():
            setattr(row, field, value)
        apply(row, transition, fields=tuple(values))
        act.record(row, changed(row))
    return row


def _due(row: Command, state: str) -> dt.datetime | None:
    return deadline(state, row.severity, row.kind, row.valid_until)


def deliver(*, command: Command, by: Any) -> Command:
    """The target has fetched it."""
    return _step(command, "deliver", by=by)


def answer(*, command: Command, state: str, said: dict[str, Any], by: Any) -> tuple[Command, bool]:
    """What the target tells, once per state: a repeat changes nothing. Returns the command and whether it was new.

    Raises Conflict when the state does not follow from the present one, Invalid for quantities that cannot be.
    """
    if state in command.answers:
        return command, False
    values: dict[str, Any] = {"answers": {**command.answers, state: said}}
    if state in ("executed", "partial") and (command.is_counted or said.get("quantity")):
        _check_counts(command, said.get("quantity") or {}, is_whole=state == "executed")
    if state == "executed":
        values |= {"executed_at": said.get("at") or now(), "executor": f"{command.target}:{said.get('by', '')}"[:80]}
        values["answers"][state] = {**said, "at": values["executed_at"].isoformat()}
    if state == "rejected":
        if not said.get("reason"):
            raise Invalid(_("A rejection says why."), field="reason")
        values["problem"] = said["reason"]
    return _step(command, TOLD[state], by=by, **values), True


def _check_counts(command: Command, counted: dict[str, str], *, is_whole: bool) -> None:
    try:
        total = sum((Decimal(value) for value in counted.values()), Decimal())
    except InvalidOperation:
        raise Invalid(_("A quantity is not a number."), field="quantity") from None
    if is_whole and not counted:
        raise Invalid(
            _("Executed needs what was found."),
            field="quantity",
            hint=_("Give: %(names)s.") % {"names": ", ".join(COUNTED)},
        )
    if set(counted) - set(COUNTED) or any(Decimal(v) < 0 for v in counted.values()) or total > command.quantity:
        raise Invalid(
            _("These quantities cannot be: at most %(quantity)s were asked for.")
            % {"quantity": show(command.quantity)},
            field="quantity",
            hint=_("Give: %(names)s.") % {"names": ", ".join(COUNTED)},
        )


def confirm(*, command: Command, by: Any, reason: str) -> Command:
    """The manual path: a person has seen it done and says how; counts as executed by that person."""
    access.check(by, "hold.release", command)
    check_reason(reason)
    found = {"quantity": {"segregated": show(command.quantity)}} if command.is_counted else {}
    said = {"by": by.username, "note": reason, "manual": True, **found}
    values = {"answers": {**command.answers, "executed": said}, "executed_at": now(), "executor": f"person:{by.pk}"}
    return _step(command, "confirm", by=by, reason=reason, problem="", **values)


def verify(*, command: Command, by: Any) -> Command:
    """By a person other than the executor, when the quantities add up."""
    access.check(by, "hold.release", command)
    if command.executor == f"person:{by.pk}":
        refusals.told(by=by, right="hold.release", record=command, why=refusals.DUTY)
        raise Forbidden(
            _("You confirmed this yourself, so you may not verify it."),
            code="segregation",
            hint=_("Another person must do this."),
        )
    return _step(command, "verify", by=by, verified_by=by, verified_how=Verification.PERSON, problem="")


def verified_by_report(*, command: Command, by: Any) -> Command:
    """The target itself reports what was asked for (`readback`)."""
    return _step(command, "verify-read", by=by, verified_how=Verification.READ_BACK, problem="")


def retry(*, command: Command, by: Any) -> Command:
    """Asked anew: what was answered before counts no more."""
    access.check(by, "hold.release", command)
    undone: dict[str, Any] = {
        "answers": {},
        "problem": "",
        "executor": "",
        "executed_at": None,
        "verified_by": None,
        "verified_how": "",
    }
    return _step(command, "retry", by=by, **undone)


def cancel(*, command: Command, by: Any, reason: str) -> Command:
    access.check(by, "hold.release", command)
    check_reason(reason)
    return _step(command, "cancel", by=by, reason=reason)


def request_cancel(*, command: Command, by: Any, reason: str) -> Command:
    """Ask for the cancellation. What was never fetched is cancelled at once; what was, waits for the target's answer."""
    access.check(by, "hold.release", command)
    check_reason(reason)
    with transaction.atomic():
        was_fetched = locked(command).state != "REQUESTED"
        asked = _step(command, "request-cancel", by=by, reason=reason)
        return asked if was_fetched else _step(asked, "confirm-cancel", by=CLOCK)


def supersede(*, command: Command, by: Any) -> Command:
    return _step(command, "supersede", by=by)


def breach(*, command: Command, by: Any, problem: str) -> Command:
    """The target was worked on after it said that it holds: verification is withdrawn."""
    return _step(command, "breach", by=by, problem=problem)


def watch() -> int:
    """Every missed deadline tells the next one in line; after the last the command expires, which never means done."""
    missed = 0
    for command in Command.objects.filter(due_at__lt=now()).order_by("due_at")[:500]:
        try:
            _miss(command)
        except Conflict:  # it was answered at this very moment
            continue
        missed += 1
    return missed


def _miss(command: Command) -> None:
    level = command.overdue
    if level >= len(ESCALATION) or (command.is_over and command.state != "EXECUTED"):
        if command.state in ("EXECUTED",):  # done, only not verified: it stays so, and the last one told stays told
            with journal.act(journal.EVENTS["command.overdue"], by=CLOCK) as act:
                row = locked(command)
                row.due_at = None
                row.save(update_fields=["due_at"])
                act.record(row, changed(row, ESCALATION[-1]))
            return
        _step(command, "expire", by=CLOCK)
        return
    with journal.act(journal.EVENTS["command.overdue"], by=CLOCK) as act:
        row = locked(command)
        row.overdue, row.due_at = level + 1, _due(row, row.state)
        row.save(update_fields=["overdue", "due_at"])
        act.record(row, changed(row, ESCALATION[level]))


STEPS = {"confirm": confirm, "verify": verify, "retry": retry, "cancel": cancel, "request-cancel": request_cancel}
