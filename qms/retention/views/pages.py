"""Retention: outside → one act or query → outside."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.accounts.access import SIGNED_IN
from qms.journal import queries as trail
from qms.lib.errors import Missing
from qms.records import queries
from qms.records.models import RetentionClass
from qms.ui.views import ActView, RecordDetail, Section, TransitionView

from .. import actions, forms, tables
from ..actions import classes, disposals, holds
from ..models import Disposal, LegalHold
from ..obstacles import obstacles


class Hold(RecordDetail):
    model = LegalHold
    permission = "legal_hold.view"
    list_url, list_title = "retention:legalhold-list", tables.HOLDS.title
    sections = (Section("hold", gettext_lazy("Legal hold"), "retention/_hold.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Placed"), record.placed_at),
            (_("Lifted"), record.lifted_at),
            (_("Number of records"), record.lines().count()),
            (_("Site"), record.site.code),
        )


class PlaceHold(ActView):
    back = "retention:legalhold-list"
    permission = holds.RIGHT
    form_class = forms.PlaceForm
    title = gettext_lazy("Place a legal hold")
    submit = gettext_lazy("Place a legal hold")
    done = gettext_lazy("The legal hold stands.")
    help_template = "retention/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, holds.RIGHT)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.place(by=self.request.user, uid=self.key, **data)


class HoldStep(TransitionView):
    model = LegalHold

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.LEGALHOLD_STEPS[self.step.name]
        return act(legalhold=self.record, by=self.request.user, version=self.version, **data)


class Extend(HoldStep):
    transition = "extend"
    form_class = forms.ExtendForm


class DisposalPage(RecordDetail):
    model = Disposal
    permission = "disposal.view"
    list_url, list_title = "retention:disposal-list", tables.DISPOSALS.title
    sections = (Section("disposal", gettext_lazy("Disposal"), "retention/_disposal.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Proposed by"), record.proposed_by),
            (_("Approved by"), record.approved_by),
            (_("Number of records"), len(record.numbers)),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {"obstacles": obstacles(record), "stones": list(record.stones())}


class PrepareDisposal(ActView):
    back = "retention:disposal-list"
    permission = disposals.RIGHT
    form_class = forms.DraftForm
    title = gettext_lazy("Prepare a disposal")
    submit = gettext_lazy("Prepare")
    done = gettext_lazy("The disposal is prepared; propose it by your signature.")
    help_template = "retention/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, disposals.RIGHT)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.draft(by=self.request.user, uid=self.key, **data)


class DisposalStep(TransitionView):
    model = Disposal

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.DISPOSAL_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(disposal=self.record, by=self.request.user, version=self.version, **signing, **data)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        words = {"number": record.number, "count": len(record.numbers), "numbers": ", ".join(record.numbers[:20])}
        if self.step.name == "propose":
            return _("I propose by %(number)s to dispose of %(count)s records: %(numbers)s.") % words
        return _("I approve %(number)s: %(count)s records are disposed of: %(numbers)s.") % words

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        if self.step.name == "propose":
            return ""
        return _("The records are no more shown, found or exported. Their tombstones and their audit trail stay.")


class Stone(View):
    """What is left of a record, for whoever might have seen the record."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        stone = queries.tombstone(number, request.user)
        if stone is None:
            raise Missing(
                _("There is no record “%(number)s”, or it is not open to you.") % {"number": number},
                hint=_("Check the number."),
            )
        kind = apps.get_model(stone.record_type)._meta.verbose_name
        facts = [
            (_("Kind of record"), kind),
            (_("Site"), stone.site),
            (_("Recorded"), stone.recorded_at),
            (_("Closed"), stone.closed_at),
            (_("Retention class"), stone.retention),
            (_("Basis"), stone.retention.basis),
            (_("Kept until"), stone.kept_until),
            (_("Disposed of"), stone.disposed_at),
            (_("Disposal"), stone.disposal_number),
        ]
        context = {"title": stone.number, "stone": stone, "facts": facts, "signed": [stone.proposal, stone.approval]}
        return render(request, "retention/tombstone.html", context)


class ClassPage(View):
    permission = "retention.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        access.check(request.user, self.permission)
        row = get_object_or_404(RetentionClass.objects.visible_to(request.user), code=code)
        context = {
            "title": str(row),
            "retention": row,
            "items": trail.timeline(row),
            "may_change": access.may(request.user, classes.RIGHT),
            "facts": [
                (_("Kind of record"), apps.get_model(row.record_type)._meta.verbose_name),
                (_("English label"), row.label_en),
                (_("Chinese label"), row.label_zh_hans),
                (_("Years from closure"), row.years),
                (_("Basis"), row.basis),
            ],
        }
        return render(request, "retention/class.html", context)


class ChangeClass(ActView):
    permission = classes.RIGHT
    form_class = forms.ClassForm
    title = gettext_lazy("Change the retention class")
    done = gettext_lazy("The class is changed.")
    help_template = "retention/_help.html"

    @cached_property
    def chosen(self) -> RetentionClass:
        return get_object_or_404(RetentionClass.objects.visible_to(self.request.user), code=self.kwargs["code"])

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.chosen, name) for name in classes.EDITABLE}

    def back_url(self) -> str:
        return self.chosen.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.change_class(retention=self.chosen, by=self.request.user, **data)
