"""What a person can do with the mirror: say once what a foreign name means here."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Invalid

from . import events
from .models import Crosswalk, Item, Unit, WorkCenter

KNOWN = {"item": Item, "unit": Unit, "work_center": WorkCenter}


def map_value(*, source: str, kind: str, foreign_value: str, local_value: str, by: Any, reason: str = "") -> Crosswalk:
    """From now on `foreign_value` of the source means `local_value`. A new answer replaces the old."""
    access.check(by, "interface.resolve")
    foreign_value, local_value = foreign_value.strip(), local_value.strip()
    if not foreign_value or not local_value:
        raise Invalid(_("Say what the name means here."), field="local_value")
    if kind in KNOWN and not KNOWN[kind].objects.live().filter(number=local_value).exists():
        raise Invalid(
            _("%(value)s is not known here.") % {"value": local_value},
            field="local_value",
            hint=_("Choose a number from the master data."),
        )
    with journal.act(events.MAPPED, by=by, reason=reason) as act:
        row, _made = Crosswalk.objects.update_or_create(
            source=source, kind=kind, foreign_value=foreign_value, defaults={"local_value": local_value}
        )
        act.record(row, events.Mapped(kind, source, foreign_value, local_value))
    return row
