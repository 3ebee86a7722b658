"""A record goes into an export compartment, or out of it: with everything that belongs to it, by a person who is inside, with a reason."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Compartment, User
from qms.lib.errors import Conflict, Invalid

from . import events
from .actions import locked
from .reasons import check_reason

RIGHT = "record.compartment"


def offered(user: User) -> Any:
    """Where this person could put a record: the compartments that they may enter themself."""
    return Compartment.objects.filter(pk__in=access.compartment_ids(user), retired_at=None).order_by("code")


def leader(record: Any) -> Any:
    """The record whose compartment this one shares; None: its own master."""
    return getattr(record, record.enclosed_with) if record.enclosed_with else None


def enclose(*, record: Any, compartment: Compartment | None, by: User, reason: str, version: int | None = None) -> Any:
    """Raises Forbidden, Invalid or Conflict. Whoever puts a record where they may not follow would lose it: refused."""
    access.check(by, RIGHT, record)
    check_reason(reason)
    if (first := leader(record)) is not None:
        raise Invalid(
            _("%(number)s shares the compartment of %(leader)s.") % {"number": record.number, "leader": first.number},
            hint=_("Change it there."),
        )
    if compartment and not offered(by).filter(pk=compartment.pk).exists():
        raise Invalid(_("Choose a compartment that you may enter yourself."), field="compartment")
    if record.compartment == compartment:
        raise Conflict(_("The record is there already."))
    with journal.act(events.ENCLOSED, by=by, reason=reason) as act:
        row = locked(record, version=version)
        told = events.Enclosed(str(compartment or ""), str(row.compartment or ""))
        for each in (row, *(locked(other) for other in row.enclosed_too())):
            each.compartment, each.version = compartment, each.version + 1
            each.save(update_fields=["compartment", "version"])
            act.record(each, told)
    return row
