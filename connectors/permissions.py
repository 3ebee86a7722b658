"""Segregation of duties of a mapping: nobody approves what they wrote. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _

from connectors.models import Mapping


def refuses_step(mapping: Mapping, transition: Any, user: Any) -> Any:
    if transition.name == "approve" and user.pk in (mapping.created_by_id, mapping.edited_by_id):
        return _("You wrote this mapping, so you may not approve it.")
    return ""
