"""Supplier blocks: outside → one act or query → outside."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.masterdata.models import Supplier
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from . import actions, queries, tables
from .forms import AnswerForm, ProposeForm
from .models import SupplierBlock
from .workflow import PROPOSE, SUPPLIER_BLOCK

VIEW = SupplierBlock.view_permission


class Detail(RecordDetail):
    model = SupplierBlock
    permission = VIEW
    list_url, list_title = "suppliers:supplierblock-list", tables.SUPPLIER_BLOCKS.title
    steps = (
        Step(gettext_lazy("Proposed"), ("PROPOSED",)),
        Step(gettext_lazy("In force"), ("ACTIVE", "LIFT_PROPOSED")),
        Step(gettext_lazy("Lifted"), ("LIFTED",)),
    )
    sections = (
        Section("block", gettext_lazy("Block"), "suppliers/_block.html"),
        Section("orders", gettext_lazy("Orders that went there all the same"), "suppliers/_orders.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Part"), record.item.number if record.item else _("every part")),
            (_("In the ERP"), record.get_level_display() if record.level else ""),
            (_("Owner"), record.owner),
            (_("Proposed by"), record.created_by),
            (_("Put in force by"), record.blocked_by),
            (_("Lifted by"), record.lifted_by),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {
            "signatures": records.signatures(record),
            "orders": list(record.orders.select_related("order", "answered_by")),
            "postings": list(record.postings()),
            "may_answer": access.may(self.request.user, PROPOSE, record),
            "may_operate": access.may(self.request.user, "interface.view", record),
        }


class Propose(ActView):
    back = "suppliers:supplierblock-list"
    permission = PROPOSE
    form_class = ProposeForm
    title = gettext_lazy("Propose to block a supplier")
    submit = gettext_lazy("Propose")
    done = gettext_lazy("The block is proposed. It comes into force by signature.")
    help_template = "suppliers/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"by": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.propose(by=self.request.user, uid=self.key, **data)


class BlockStep(TransitionView):
    model = SupplierBlock

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.SUPPLIERBLOCK_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(supplierblock=self.record, by=self.request.user, version=self.version, **data, **signing)

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return str(actions.foreseen(record)) if self.step.name == "block" else ""


class Answer(BlockStep):
    transition = "answer"
    form_class = AnswerForm

    def form_kwargs(self) -> dict[str, Any]:
        waiting = self.record.orders.filter(answer="").order_by("pk")
        return {"orders": list(waiting.values_list("order__number", flat=True))}


class Panel(View):
    """On the page of a supplier: its blocks, those of the past too."""

    permission = VIEW
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        access.check(request.user, VIEW)
        supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=pk)
        context = {
            "blocks": list(queries.history(supplier, request.user)),
            "states": SUPPLIER_BLOCK.states,
            "stopped": queries.stopped(supplier, request.user),
            "propose_url": f"{reverse('suppliers:supplierblock-create')}?supplier={supplier.number}"
            if access.may(request.user, PROPOSE) and not supplier.gone_at
            else "",
        }
        return render(request, "suppliers/_panel.html", context)
