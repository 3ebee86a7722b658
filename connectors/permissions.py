"""Segregation of duties: nobody approves a mapping that they wrote, nor releases what they compared. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _

from connectors.models import GoLive, Mapping


def refuses_step(mapping: Mapping, transition: Any, user: Any) -> Any:
    if transition.name == "approve" and user.pk in (mapping.created_by_id, mapping.edited_by_id):
        return _("You wrote this mapping, so you may not approve it.")
    return ""


def refuses_release(decision: GoLive, transition: Any, user: Any) -> Any:
    if transition.name == "approve" and user.pk in (decision.created_by_id, decision.counted_by_id):
        return _("You prepared this comparison, so somebody else must release it.")
    return ""
