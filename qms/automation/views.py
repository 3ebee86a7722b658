"""Automation on screen: outside → one act or query → outside."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.listed import listed
from qms.lib.quantity import show
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from . import actions, forms, queries, tables
from .actions.rules import EDITABLE
from .choices import Key
from .models import Case, Rule
from .workflow import EDIT, RESUME, STOP

FIELDSETS = (
    (gettext_lazy("The rule"), ("site", "code", "title", "note", "expires_on")),
    (gettext_lazy("What it hears"), ("hears", "source", "part", "family", "watched", "work_center", "severity")),
    (gettext_lazy("What makes one case"), ("group_by", "window_minutes", "least_hits")),
    (gettext_lazy("What it does"), ("does", "mode", "defect_code")),
    (gettext_lazy("Its limits"), ("burst_per_hour", "acts_per_hour", "quantity_per_hour", "value_per_hour")),
)


class RulePage(RecordDetail):
    model = Rule
    permission = "automation.view"
    list_url, list_title = "automation:rule-list", tables.RULES.title
    steps = (
        Step(gettext_lazy("Draft"), ("DRAFT",)),
        Step(gettext_lazy("Approved"), ("APPROVED",)),
        Step(gettext_lazy("In use"), ("ACTIVE",)),
        Step(gettext_lazy("Retired"), ("RETIRED",)),
    )
    sections = (
        Section("rule", gettext_lazy("The rule"), "automation/_rule.html"),
        Section("trial", gettext_lazy("Tried over the past"), "automation/_trial.html"),
    )
    aside = (
        Section("precision", gettext_lazy("How often it was right"), "automation/_precision.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Mode"), record.get_mode_display()),
            (_("Owner"), record.owner),
            (_("Expires on"), record.expires_on),
            (_("Edition"), record.edition),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {
            "trial": queries.last_trial(record),
            "precision": (found := queries.precision(record)),
            "percent": "" if found.share is None else round(found.share * 100),
            "keys": listed(Key(name).label for name in record.group_by),
            "quantity_cap": "" if record.quantity_per_hour is None else show(record.quantity_per_hour),
            "signatures": records.signatures(record),
        }


class DraftRule(ActView):
    permission = EDIT
    form_class = forms.DraftForm
    back = "automation:rule-list"
    fieldsets = FIELDSETS
    title = gettext_lazy("Draft a rule")
    submit = gettext_lazy("Draft it")
    done = gettext_lazy("The rule is drafted. Try it over the past before another person approves it.")
    help_template = "automation/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, EDIT)}

    def initial(self) -> dict[str, Any]:
        """`?base=RUL-…`: the next edition of a rule."""
        base = self.base
        if base is None:
            return super().initial()
        told = {name: getattr(base, name) for name in EDITABLE if name not in ("owner", "defect_code")}
        return {**told, "code": base.code, "site": base.site.code, "defect_code": getattr(base.defect_code, "code", "")}

    @property
    def base(self) -> Rule | None:
        number = self.request.GET.get("base", "")
        return Rule.objects.visible_to(self.request.user).filter(number=number).first() if number else None

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.draft(by=self.request.user, uid=self.key, base=self.base, **data)


class RuleStep(TransitionView):
    model = Rule

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.RULE_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(rule=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        words = {
            "number": record.number,
            "code": record.code,
            "edition": record.edition,
            "mode": record.get_mode_display(),
        }
        return _("I approve %(number)s, rule %(code)s, edition %(edition)s, mode: %(mode)s.") % words

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        if record.needs_two:
            return _("In use, it holds lots without a person's hand, within its limits.")
        return _("It does what its mode says as soon as somebody puts it into use.")


class EditRule(RuleStep):
    transition = "edit"
    form_class = forms.RuleForm
    fieldsets = FIELDSETS
    submit = gettext_lazy("Save")
    help_template = "automation/_help.html"

    def initial(self) -> dict[str, Any]:
        told = {name: getattr(self.record, name) for name in EDITABLE if name not in ("owner", "defect_code")}
        return {**told, "defect_code": getattr(self.record.defect_code, "code", "")}


class TryRule(RuleStep):
    transition = "try"
    form_class = forms.TryForm
    help_template = "automation/_help.html"


class CasePage(RecordDetail):
    model = Case
    permission = "automation.view"
    list_url, list_title = "automation:case-list", tables.CASES.title
    sections = (Section("hits", gettext_lazy("Hits"), "automation/_hits.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Rule"), f"{record.rule.number} {record.rule.code}"),
            (_("Nonconformance"), record.ncr.number if record.ncr else ""),
            (_("Hits"), record.hits),
            (_("Quantity"), record.quantity_shown),
            (_("Why it waits for a person"), record.get_why_display()),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {"members": queries.members(record)[:200]}


class CaseStep(TransitionView):
    model = Case

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.CASE_STEPS[self.step.name]
        return act(case=self.record, by=self.request.user, version=self.version, **data)


class StopAutomation(ActView):
    permission = STOP
    form_class = forms.StopForm
    back = "automation:stops"
    title = gettext_lazy("Stop automation")
    submit = gettext_lazy("Stop it now")
    done = gettext_lazy("Nothing is done by itself any more. Signals are still kept.")
    help_template = "automation/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, STOP)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.stop(by=self.request.user, **data)


class Resume(ActView):
    permission = RESUME
    form_class = forms.ResumeForm
    back = "automation:stops"
    title = gettext_lazy("Let automation go on")
    submit = gettext_lazy("Resume")
    done = gettext_lazy("Rules act again.")
    help_template = "automation/_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.resume(by=self.request.user, **data)
