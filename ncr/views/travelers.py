"""Links of an NCR to records of other systems."""

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.lib import bells
from qms.ui.views import ActView

from .. import actions
from ..forms.travelers import CopyForm, TravelerForm, WithdrawForm
from ..models import Nonconformance, Traveler


class Link(ActView):
    permission = "ncr.report"
    form_class: Any = TravelerForm
    title = _("Link a record of another system")
    submit = _("Link")
    done = _("The record is linked.")

    @cached_property
    def ncr(self) -> Nonconformance:
        rows = Nonconformance.objects.visible_to(self.request.user)
        found: Nonconformance = get_object_or_404(rows, number=self.kwargs["number"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.ncr)

    def back_url(self) -> str:
        return self.ncr.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        actions.link_traveler(ncr=self.ncr, pointer=actions.Pointer(**data), by=self.request.user)
        return self.ncr


class Withdraw(Link):
    form_class: Any = WithdrawForm
    title = submit = _("Withdraw the link")
    done = _("The link is withdrawn.")

    @cached_property
    def traveler(self) -> Traveler:
        rows = self.ncr.travelers.filter(withdrawn_at=None)
        found: Traveler = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def allowed(self) -> None:
        super().allowed()
        assert self.traveler

    def perform(self, data: dict[str, Any]) -> Any:
        actions.withdraw_traveler(traveler=self.traveler, by=self.request.user, reason=data["reason"])
        return self.ncr


class Copy(Withdraw):
    form_class = CopyForm
    title = _("Keep a frozen copy")
    submit = _("Copy now")
    done = _("The copy is asked for; it appears here, or the reason why there is none.")

    def perform(self, data: dict[str, Any]) -> Any:
        actions.ask_again(traveler=self.traveler, by=self.request.user)
        bells.ring("connectors.freeze_travelers")
        return self.ncr
