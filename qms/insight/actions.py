"""What people do with their own queue: put a task off with a reason, hand it to somebody who may do it, take it back."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access, refusals
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.records import actions as records
from qms.records.queries import record_refuses

from . import events
from .models import Deferral

LONGEST_DAYS = 60


def snooze(*, record: Any, step: str, until: date, reason: str, by: Any) -> Deferral:
    """The task returns on that day. Others who may do it keep it in their queues."""
    records.check_reason(reason)
    days = (until - timezone.localdate()).days
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            _("Choose a day from tomorrow on, within %(days)s days.") % {"days": LONGEST_DAYS},
            field="until",
            hint=_("What must rest longer gets another due date on the record itself."),
        )
    label = str(record.workflow.transition(step).label)
    with journal.act(events.SNOOZED, by=by, reason=reason) as act:
        made = _defer(record, step, by=by, until=until, reason=reason)
        act.record(record, events.Snoozed(step=label, until=until.isoformat()))
    return made


def delegate(*, record: Any, step: str, to: Any, reason: str, by: Any) -> Deferral:
    """Hand the task to a person who may do it on this record; raises Invalid with why not."""
    records.check_reason(reason)
    transition = record.workflow.transition(step)
    if to.pk == by.pk or not access.may(to, transition.permission, record):
        raise Invalid(
            _("%(name)s cannot do this on %(number)s.") % {"name": to, "number": record.number},
            field="to",
            hint=_("Choose another person who holds the right on this site."),
        )
    if why := record_refuses(record, transition, to):
        refusals.told(by=by, right=transition.permission, record=record, why=refusals.DUTY)
        raise Invalid(
            _("%(name)s may not do this here: segregation of duties.") % {"name": to}, field="to", hint=str(why)
        )
    with journal.act(events.DELEGATED, by=by, reason=reason) as act:
        made = _defer(record, step, by=by, to=to, reason=reason)
        act.record(record, events.Delegated(step=str(transition.label), person=str(to.pk), name=str(to)))
    return made


def _defer(record: Any, step: str, *, by: Any, **values: Any) -> Deferral:
    """An earlier one of the same person for the same task ends."""
    task = {"record_type": record._meta.label_lower, "record_key": str(record.pk), "step": step}
    Deferral.objects.filter(**task, by=by, ended_at=None).update(ended_at=now())
    return Deferral.objects.create(**task, by=by, **values)


def wake(*, record: Any, step: str, by: Any) -> None:
    """Take back what one put off or handed on."""
    task = {"record_type": record._meta.label_lower, "record_key": str(record.pk), "step": step}
    with journal.act(events.WOKEN, by=by) as act:
        if not Deferral.objects.filter(**task, by=by, ended_at=None).update(ended_at=now()):
            raise Invalid(_("This task is in your queue already."))
        act.record(record, events.Woken(step=str(record.workflow.transition(step).label)))
