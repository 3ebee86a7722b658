"""Mappings on screen: list, page, editor with a message beside what comes of it, steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from connectors import actions, proving, queries
from connectors.forms import mappings as forms
from connectors.models import InboxMessage, Mapping
from connectors.tables import MAPPINGS
from qms.accounts import access
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

EDIT = "mapping.edit"


class Detail(RecordDetail):
    model = Mapping
    permission = "mapping.view"
    list_url, list_title = "connectors:mapping-list", MAPPINGS.title
    steps = (
        Step(gettext_lazy("Draft"), ("DRAFT",)),
        Step(gettext_lazy("Tested"), ("TESTED",)),
        Step(gettext_lazy("Approved"), ("APPROVED",)),
        Step(gettext_lazy("Active"), ("ACTIVE",)),
        Step(gettext_lazy("Retired"), ("RETIRED",)),
    )
    sections = (
        Section("rules", gettext_lazy("Rules"), "connectors/_mapping_rules.html"),
        Section("tests", gettext_lazy("Tests"), "connectors/_mapping_tests.html"),
        Section("impact", gettext_lazy("What it would change"), "connectors/_mapping_impact.html"),
    )
    aside = (
        Section("linked", gettext_lazy("Where it counts"), "connectors/_mapping_linked.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Interface"), record.interface.code),
            (_("Type of message"), record.message_type),
            (_("Edition"), record.edition),
            (_("Active since"), record.activated_at),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        base = queries.active_mapping(record) or record.base
        return {
            "verdicts": proving.run(record),
            "rules": [(rule, queries.told(rule)) for rule in record.rules.get("fields", [])],
            "base": base,
            "changes": queries.diff(record, base) if base else [],
            "impact": queries.impact(record),
            "signatures": records.signatures(record),
            "editions": Mapping.objects.visible_to(self.request.user).filter(
                interface=record.interface, message_type=record.message_type
            ),
        }


class Draft(ActView):
    permission = EDIT
    form_class = forms.DraftForm
    back = "connectors:mapping-list"
    title = gettext_lazy("Draft a mapping")
    submit = gettext_lazy("Draft it")
    done = gettext_lazy("The mapping is drafted: write its rules and tests now.")
    help_template = "connectors/_mapping_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        before = Mapping.objects.visible_to(self.request.user).filter(
            interface=data["interface"], message_type=data["message_type"], state__in=("ACTIVE", "RETIRED")
        )
        base = before.order_by("state", "-edition").first()
        return actions.draft(by=self.request.user, uid=self.key, base=base, **data)


class MappingStep(TransitionView):
    """Any step of the mapping's table; the acts stand in actions, one per step."""

    model = Mapping

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.MAPPING_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(mapping=self.record, by=self.request.user, version=self.version, **data, **signing)

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("Messages are read by it once somebody activates it.")


class Edit(MappingStep):
    transition = "edit"
    form_class = forms.NoteForm
    submit = gettext_lazy("Save")
    template_name = "connectors/mapping_edit.html"
    help_template = "connectors/_mapping_help.html"

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("message", "")
        mine = InboxMessage.objects.visible_to(self.request.user)
        return {"note": self.record.note, "sample": queries.sample_of(self.record, asked, mine)}

    def formsets(self, data: Any = None) -> dict[str, Any]:
        rows = [forms.as_row(rule) for rule in self.record.rules.get("fields", [])]
        rules: Any = forms.RuleSet(data, initial=rows, prefix="rules")
        vectors: Any = forms.VectorSet(data, initial=self.record.vectors, prefix="vectors")
        rules.legend, vectors.legend = _("Rules"), _("Tests")
        return {"rules": rules, "vectors": vectors}

    def more(self) -> dict[str, Any]:
        return {**super().more(), "targets": forms.targets(self.record.message_type)}

    def perform(self, data: dict[str, Any]) -> Any:
        sets = self.formsets(self.request.POST)
        if not all(rows.is_valid() for rows in sets.values()):
            raise AssertionError("checked by the form")
        return super().perform(
            {
                "rules": forms.rules_of(sets["rules"]),
                "vectors": forms.vectors_of(sets["vectors"]),
                "note": data["note"],
            }
        )


class Try(View):
    """What the rules on screen make of the message on screen; nothing is saved."""

    permission = EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        record = get_object_or_404(Mapping.objects.visible_to(request.user), number=number)
        access.check(request.user, EDIT, record)
        rules, sample = forms.RuleSet(request.POST, prefix="rules"), forms.SampleForm(request.POST)
        context: dict[str, Any] = {"record": record}
        if rules.is_valid() and sample.is_valid():
            data = proving.body(sample.cleaned_data["sample"])
            context |= {"steps": queries.by_rules(forms.rules_of(rules), data)}
            context |= {"made": proving.result(record.message_type, forms.rules_of(rules), data)}
        else:
            context |= {"problems": [*_told(rules), *(str(e) for e in sample.errors.get("sample", []))]}
        return render(request, "connectors/_mapping_tried.html", context)


def _told(rows: Any) -> Iterable[str]:
    for place, form in enumerate(rows.forms, 1):
        for errors in form.errors.values():
            yield from (_("Rule %(place)s: %(why)s") % {"place": place, "why": error} for error in errors)
