"""The defect catalogue belongs to the whole company; a retired code stays readable wherever it was used."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from .. import events
from ..models import DefectCode

RIGHT = "ncr.catalogue"


def create_defect_code(*, by: journal.Acting, code: str, **fields: Any) -> DefectCode:
    """Raises Invalid when the code was ever used."""
    _check(by)
    if DefectCode.objects.filter(code=code).exists():
        raise Invalid(
            _("The code %(code)s exists already.") % {"code": code},
            field="code",
            hint=_("A retired code is not used again: choose another one."),
        )
    with journal.act(events.CODE_CREATED, by=by) as act:
        made = DefectCode.objects.create(code=code, **fields)
        act.record(made, events.CodeChanged(code=made.code))
    return made


def retire_defect_code(*, code: DefectCode, valid_to: date, reason: str, by: journal.Acting) -> DefectCode:
    """After the last day nobody can choose it; records that bear it keep it."""
    _check(by)
    if code.is_retired:
        raise Conflict(_("The defect code %(code)s is retired already.") % {"code": code.code})
    if valid_to < max(code.valid_from, now().date()):
        raise Invalid(_("The last day lies in the past or before the first day."), field="valid_to")
    with journal.act(events.CODE_RETIRED, by=by, reason=reason) as act:
        code.valid_to = valid_to
        code.save(update_fields=["valid_to"])
        act.record(code, events.CodeChanged(code=code.code))
    return code


def _check(by: journal.Acting) -> None:
    if isinstance(by, User):
        access.check(by, RIGHT)
