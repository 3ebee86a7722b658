"""Segregation of duties of a matrix: nobody approves what they wrote. Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _


def refuses_step(matrix: Any, transition: Any, user: Any) -> Any:
    if transition.name == "approve" and (
        user.pk == matrix.created_by_id or matrix.history.filter(edited_by=user.pk).exists()
    ):
        return _("You wrote this matrix, so you may not approve it.")
    return ""
