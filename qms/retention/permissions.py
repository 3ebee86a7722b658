"""Four eyes: who proposes a disposal does not approve it."""

from typing import Any

from django.utils.translation import gettext as _


def refuses_step(disposal: Any, transition: Any, user: Any) -> Any:
    if transition.name == "approve" and user.pk in (disposal.proposed_by_id, disposal.created_by_id):
        return _("You prepared or proposed this disposal; another person approves it.")
    return ""
