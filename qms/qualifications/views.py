"""Qualifications: outside → one act or query → outside."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.ui.views import ActView, RecordDetail, Section, TransitionView

from . import actions, queries, tables
from .forms import QualifyForm
from .models import Qualification
from .workflow import MANAGE


class Detail(RecordDetail):
    model = Qualification
    permission = tables.VIEW
    list_url, list_title = "qualifications:qualification-list", tables.QUALIFICATIONS.title
    sections = (Section("qualification", gettext_lazy("Qualification"), "qualifications/_qualification.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Person"), record.person),
            (_("Valid from"), record.valid_from),
            (_("Valid to"), record.valid_to),
            (_("Recorded by"), record.created_by),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {"today": queries.standing(record), "standings": tables.STANDING}


class Qualify(ActView):
    back = "qualifications:qualification-list"
    permission = MANAGE
    form_class = QualifyForm
    title = gettext_lazy("Record a qualification")
    submit = gettext_lazy("Record")
    done = gettext_lazy("The qualification is recorded.")
    help_template = "qualifications/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, MANAGE), "by": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.qualify(by=self.request.user, uid=self.key, **data)


class QualificationStep(TransitionView):
    model = Qualification

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.QUALIFICATION_STEPS[self.step.name]
        return act(qualification=self.record, by=self.request.user, version=self.version, **data)
