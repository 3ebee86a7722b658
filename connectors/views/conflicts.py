"""Conflicts of fields on screen: both values, and a person keeps ours or takes theirs."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from connectors.actions import conflicts
from connectors.forms import ReasonForm
from qms.accounts import access
from qms.journal import queries as trail
from qms.masterdata.actions.matrix import RESOLVE
from qms.masterdata.models import FieldConflict
from qms.ui.views import ActView

from .monitor import Page


class ConflictPage(Page):
    template_name = "connectors/conflict.html"
    permission = "ncr.view"

    def context(self) -> dict[str, Any]:
        user = self.request.user
        rows = FieldConflict.objects.visible_to(user).select_related("decided_by", "site")
        row = get_object_or_404(rows, uid=self.kwargs["uid"])
        is_open = row.decided_at is None and access.may(user, RESOLVE, row)
        return {"row": row, "may_decide": is_open, "items": trail.timeline(row)}


class Decide(ActView):
    permission = RESOLVE
    form_class = ReasonForm

    def row(self) -> FieldConflict:
        rows = FieldConflict.objects.visible_to(self.request.user)
        found: FieldConflict = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def back_url(self) -> str:
        return self.row().get_absolute_url()


class Keep(Decide):
    title = gettext_lazy("Keep ours")
    submit = gettext_lazy("Keep ours")
    done = gettext_lazy("Ours is kept.")

    def perform(self, data: dict[str, Any]) -> Any:
        return conflicts.keep_ours(conflict=self.row(), by=self.request.user, **data)


class Take(Decide):
    title = gettext_lazy("Take theirs")
    submit = gettext_lazy("Take theirs")
    done = gettext_lazy("Theirs is taken over.")

    def perform(self, data: dict[str, Any]) -> Any:
        return conflicts.take_theirs(conflict=self.row(), by=self.request.user, **data)
