"""The contract of a message on screen: what was agreed beside what came, learned or accepted with a reason."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import tasks
from connectors.actions import contracts
from connectors.models import Contract, Interface
from connectors.queries import contracts as asked
from connectors.routes import ROUTES
from qms.accounts import access
from qms.lib.errors import Missing

from .acts import InterfaceAct
from .monitor import Page


def of(view: Any) -> Contract:
    rows = Contract.objects.visible_to(view.request.user).select_related("interface", "accepted_by")
    key = view.kwargs["key"]
    found: Contract = get_object_or_404(
        rows, pk=int(key) if key.isdecimal() else 0, interface__code=view.kwargs["code"]
    )
    return found


class ContractPage(Page):
    template_name = "connectors/contract.html"

    def context(self) -> dict[str, Any]:
        row = of(self)
        return {
            "contract": row,
            "interface": row.interface,
            "lines": asked.lines(row),
            "mapping": asked.active_of(row),
            "may_edit": access.may(self.request.user, contracts.EDIT, row.interface),
        }


class Learn(InterfaceAct):
    permission = contracts.EDIT
    title = gettext_lazy("Learn the contract of a message")
    submit = gettext_lazy("Learn")
    done = gettext_lazy("Learned. Messages that depart from it are stopped where the mapping needs them.")

    def perform(self, data: dict[str, Any]) -> Any:
        kind = self.kwargs["kind"]
        if kind not in ROUTES:
            raise Missing(_("Messages of the type “%(type)s” are not read here.") % {"type": kind})
        return contracts.learn(interface=self.interface(), message_type=kind, by=self.request.user, **data)

    def back_url(self) -> str:
        return f"{super().back_url()}?tab=contracts"


class Accept(InterfaceAct):
    permission = contracts.EDIT
    title = gettext_lazy("Accept the new shape")
    submit = gettext_lazy("Accept")
    done = gettext_lazy("Accepted. What waited for it is tried again.")

    def interface(self) -> Interface:
        found: Interface = of(self).interface
        return found

    def perform(self, data: dict[str, Any]) -> Any:
        row = contracts.accept(contract=of(self), by=self.request.user, **data)
        for retry in contracts.try_again(contract=row, by=self.request.user):
            tasks.ring_retry(retry.uid)
        return row
