"""Why something recorded is corrected: one of a managed list, and a text that says something (draft Annex 11, 12.2)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from . import events
from .models import ChangeReason

RIGHT = "reason.manage"
# What a new system begins with; the list is the organisation's own from then on.
FIRST = (
    ("TYPING", "Typing error", "录入错误"),
    ("INFO", "New information", "获得新信息"),
    ("REMEASURED", "Measurement repeated", "重新测量"),
    ("ASSIGNED", "Wrong assignment", "分配错误"),
    ("OTHER", "Other", "其他"),
)
EMPTY = {
    "na",
    "none",
    "update",
    "updated",
    "change",
    "changed",
    "edit",
    "test",
    "ok",
    "x",
    "tbd",
    "无",
    "更新",
    "修改",
    "测试",
}
SIGNS = " \t\n.,;:!?-–—_/\\*\"'…。，；：！？、"


def check_reason(reason: str) -> None:
    """A reason that says something (Annex 11: why); raises Invalid for empty words."""
    text = reason.strip(SIGNS)
    bare = text.casefold().translate({ord(sign): None for sign in SIGNS})
    if len(text) < 4 and not any("一" <= c <= "鿿" for c in text) or bare in EMPTY:
        raise Invalid(
            _("Give a reason."), field="reason", hint=_("Say in a few words why; “n/a” or “update” says nothing.")
        )


def told(cause: str, reason: str) -> str:
    """The reason as the trail keeps it: what was chosen, as the person read it, its code, and their own words. Raises Invalid."""
    check_reason(reason)
    chosen = ChangeReason.objects.current().filter(code=cause).first() if cause else None
    if chosen is None:
        codes = ", ".join(ChangeReason.objects.current().values_list("code", flat=True))
        raise Invalid(
            _("Choose why this is corrected."),
            field="cause",
            hint=_("One of the list of reasons for change: %(codes)s.") % {"codes": codes},
            code="no_cause",
        )
    return f"{chosen.label} ({chosen.code}): {reason.strip()}"


def offered() -> list[tuple[str, str]]:
    """For a form's choice."""
    return [("", "—"), *((one.code, one.label) for one in ChangeReason.objects.current())]


def create(*, code: str, label_en: str, label_zh_hans: str, valid_from: date, by: journal.Acting) -> ChangeReason:
    """Raises Invalid when the code was ever used."""
    _check(by)
    if ChangeReason.objects.filter(code=code).exists():
        raise Invalid(
            _("The code %(code)s exists already.") % {"code": code},
            field="code",
            hint=_("A retired code is not used again: choose another one."),
        )
    with journal.act(events.REASON_CREATED, by=by) as act:
        made = ChangeReason.objects.create(
            code=code, label_en=label_en, label_zh_hans=label_zh_hans, valid_from=valid_from
        )
        act.record(made, events.ReasonChanged(code=made.code))
    return made


def retire(*, chosen: ChangeReason, valid_to: date, reason: str, by: journal.Acting) -> ChangeReason:
    """After the last day nobody can choose it; what was told with it stays. Raises Invalid, Conflict."""
    _check(by)
    check_reason(reason)
    with journal.act(events.REASON_RETIRED, by=by, reason=reason) as act:
        row = ChangeReason.objects.select_for_update().get(pk=chosen.pk)
        if row.is_retired:
            raise Conflict(_("The reason %(code)s is retired already.") % {"code": row.code})
        if valid_to < max(row.valid_from, now().date()):
            raise Invalid(_("The last day lies in the past or before the first day."), field="valid_to")
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        act.record(row, events.ReasonChanged(code=row.code))
    return row


def _check(by: journal.Acting) -> None:
    if isinstance(by, User):
        access.check(by, RIGHT)


def seed(cursor: Any) -> None:
    """A step behind every migrate: an empty list gets its first entries, by an act like any other."""
    cursor.execute("SELECT to_regclass(%s)", [ChangeReason._meta.db_table])
    if cursor.fetchone()[0] is None or ChangeReason.objects.exists():
        return
    for code, label_en, label_zh_hans in FIRST:
        create(code=code, label_en=label_en, label_zh_hans=label_zh_hans, valid_from=now().date(), by=journal.SYSTEM)
