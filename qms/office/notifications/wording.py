"""A notification in the words of whoever reads it."""

from typing import Any

from django.utils.translation import gettext as _


def sentence(told: Any) -> str:
    """What happened and what is asked; rendered in the active language."""
    templates = {
        "ncr.sent_to_mrb": _("%(number)s waits for your signature (MRB)."),
        "ncr.executed": _("%(number)s waits for your verification."),
        "record.commented": _("%(actor)s mentioned you on %(number)s."),
        "task.delegated": _("%(actor)s handed you a task on %(number)s."),
        "hold.activated": _("The hold %(number)s is confirmed: the ERP has moved the lot."),
        "hold.released": _("The hold %(number)s is released."),
        "hold.cancelled": _("The hold %(number)s was cancelled."),
        "posting.failed": _("The ERP refused a posting of %(number)s."),
        "due.soon": _("%(number)s is due today or tomorrow."),
        "due.over": _("%(number)s is overdue."),
    }
    text = templates.get(told.event, _("%(number)s is yours now."))
    return text % {"number": told.number, "actor": told.actor or _("Somebody")}
