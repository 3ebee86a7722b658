"""Nobody approves a rule that they wrote; two different people approve one that holds by itself. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _


def refuses_step(rule: Any, transition: Any, user: Any) -> Any:
    if transition.name not in ("approve", "approve-too"):
        return ""
    if user.pk in (rule.created_by_id, rule.edited_by_id):
        return _("You wrote this rule, so you may not approve it.")
    if transition.name == "approve-too" and user.pk == rule.approved_by_id:
        return _("You approved this rule already; another person approves it too.")
    return ""
