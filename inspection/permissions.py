"""Segregation of duties: nobody releases a plan that they wrote. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _


def refuses_release(plan: Any, transition: Any, user: Any) -> Any:
    if transition.name == "release" and (
        user.pk == plan.created_by_id or plan.history.filter(edited_by=user.pk).exists()
    ):
        return _("You wrote this plan, so somebody else must release it.")
    return ""
