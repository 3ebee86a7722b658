"""Export compartments (ITAR, EAR): made, opened to people one by one, closed to them again, retired."""

import re
from typing import Any

from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid

from .. import access, events, refusals
from ..models import Compartment, CompartmentUserObjectPermission, User

RIGHT, ENTER = "compartment.manage", "accounts.enter_compartment"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def create_compartment(*, code: str, name: str, by: journal.Acting, reason: str = "") -> Compartment:
    _check(by)
    if not CODE.fullmatch(code):
        raise Invalid(_("Use letters, digits, hyphens and dots."), field="code")
    if Compartment.objects.filter(code=code).exists():
        raise Invalid(_("The code %(code)s was used before.") % {"code": code}, field="code")
    with journal.act(events.COMPARTMENT_CREATED, by=by, reason=reason) as act:
        compartment = Compartment.objects.create(code=code, name=name)
        act.record(compartment)
    return compartment


def retire_compartment(*, compartment: Compartment, by: journal.Acting, reason: str) -> Compartment:
    """No further record goes in. Whoever was let in still sees what is inside; nobody else ever does by this."""
    _check(by)
    if compartment.retired_at:
        raise Conflict(_("This compartment is retired already."))
    with journal.act(events.COMPARTMENT_RETIRED, by=by, reason=reason) as act:
        compartment.retired_at = now()
        compartment.save(update_fields=["retired_at"])
        act.record(compartment)
    return compartment


def open_compartment(*, compartment: Compartment, user: User, by: journal.Acting, reason: str = "") -> None:
    """Nobody lets themself in: it takes whoever manages compartments and somebody else who enters."""
    _check(by)
    if isinstance(by, User) and by.pk == user.pk:
        refusals.told(by=by, right=RIGHT, why=refusals.DUTY)
        raise Forbidden(_("Nobody lets themself in."), hint=_("Another security officer has to do it."))
    if user.kind != User.PERSON or not user.is_active:
        raise Invalid(_("Only active people are let in."), field="person")
    if admitted(compartment).filter(user=user).exists():
        raise Conflict(_("%(person)s is inside already.") % {"person": user.full_name})
    with journal.act(events.COMPARTMENT_GRANTED, by=by, reason=reason) as act:
        assign_perm(ENTER, user, compartment)
        act.record(compartment, events.Attempt(username=user.username, address=""))


def close_compartment(*, compartment: Compartment, user: User, by: journal.Acting, reason: str) -> None:
    """From the next request on its records do not exist for this person."""
    _check(by)
    if not admitted(compartment).filter(user=user).exists():
        raise Conflict(_("%(person)s is not inside.") % {"person": user.full_name})
    with journal.act(events.COMPARTMENT_REMOVED, by=by, reason=reason) as act:
        remove_perm(ENTER, user, compartment)
        act.record(compartment, events.Attempt(username=user.username, address=""))


def admitted(compartment: Compartment) -> Any:
    rows = CompartmentUserObjectPermission.objects.filter(content_object=compartment)
    return rows.select_related("user").order_by("user__username")


def _check(by: journal.Acting) -> None:
    if isinstance(by, User):
        access.check(by, RIGHT)
