"""Retention classes: one for each kind of record, changed with a reason; every version stays in its history."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Invalid
from qms.records import events
from qms.records.models import RetentionClass
from qms.records.reasons import check_reason

RIGHT = "retention.manage"
EDITABLE = ("label_en", "label_zh_hans", "years", "basis")


def change_class(*, retention: RetentionClass, by: Any, reason: str, **values: Any) -> RetentionClass:
    """It holds for every record of its kind from now on, those that are closed already included. Raises Invalid."""
    access.check(by, RIGHT)
    check_reason(reason)
    if not 0 <= values.get("years", 0) <= 100:
        raise Invalid(_("Years are a number from 0 to 100."), field="years")
    with journal.act(events.RETENTION_SET, by=by, reason=reason) as act:
        row = RetentionClass.objects.select_for_update().get(pk=retention.pk)
        changed = [name for name in EDITABLE if name in values and getattr(row, name) != values[name]]
        if not changed:
            raise Invalid(_("Nothing is different."), field="years", hint=_("Change the class, or go back."))
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
        act.record(row, events.RetentionSet(code=row.code, years=row.years, basis=row.basis))
    return row
