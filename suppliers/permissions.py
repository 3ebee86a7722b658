"""Where the site asks for two persons: who proposed a block, or its end, does not sign it. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _


def refuses_step(block: Any, transition: Any, user: Any) -> Any:
    asked = {"block": block.created_by_id, "lift": block.lift_asked_by_id}
    if block.by_two and user.pk == asked.get(transition.name):
        return _("You proposed this; at this site another person signs it.")
    return ""
