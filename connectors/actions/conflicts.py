"""What two systems say of a field: a person keeps ours or takes theirs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.accounts import access
from qms.lib.errors import Invalid
from qms.masterdata import actions as masterdata
from qms.masterdata.models import FieldConflict

BY_HAND = ("affected_quantity", "description", "severity")


def keep_ours(*, conflict: FieldConflict, by: Any, reason: str) -> FieldConflict:
    return masterdata.decided(conflict=conflict, decision=FieldConflict.KEPT, by=by, reason=reason)


def take_theirs(*, conflict: FieldConflict, by: Any, reason: str) -> FieldConflict:
    """By an edit of the record like a person's, with all that it checks; both or neither. Raises Invalid, Conflict."""
    if conflict.field not in BY_HAND:
        raise Invalid(
            _("This field is not changed by hand."),
            hint=_("Keep ours, and correct the value in the system that owns it."),
        )
    with transaction.atomic():
        done = masterdata.decided(conflict=conflict, decision=FieldConflict.TAKEN, by=by, reason=reason)
        record = Nonconformance.objects.visible_to(by).get(pk=conflict.record_key)
        access.check(by, "ncr.edit", record)
        field: Any = Nonconformance._meta.get_field(conflict.field)
        try:
            value = field.clean(conflict.theirs, record)
        except ValidationError as wrong:
            raise Invalid("; ".join(wrong.messages), field=conflict.field) from wrong
        ncr.edit(ncr=record, by=by, reason=reason, cause=None, settles=True, **{conflict.field: value})
    return done
