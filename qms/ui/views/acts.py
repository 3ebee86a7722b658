"""Forms that do one act, and steps of a workflow with their signature."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.accounts.roles import ROLES, roles_with
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Refusal
from qms.lib.ids import uuid7
from qms.records import actions, queries

from .signing import Signs

REPEAT_SECONDS = 600
THEN = {"next-signature": "insight:next-signature"}


@dataclass(frozen=True)
class Problem:
    """One line of the error summary."""

    text: Any
    hint: Any = ""
    anchor: str = ""


class ConfirmForm(forms.Form):
    """The general confirmation: a reason, when the step asks for one."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, with_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_reason:
            del self.fields["reason"]


class ActView(View):
    permission = ""
    form_class: Any = None
    title: Any = ""
    submit: Any = gettext_lazy("Save")
    done: Any = ""
    template_name = "generic/form.html"
    help_template = ""
    back = ""  # name of the page that "Back" leads to
    fieldsets: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    http_method_names = ["get", "head", "post"]
    target: Any = None
    request: Any  # its user is a person: LoginRequired stands before

    # --- what a domain app declares ---------------------------------------------------------------------------------

    def perform(self, data: dict[str, Any]) -> Any:
        """One action call; returns a record or a URL."""
        raise NotImplementedError

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def initial(self) -> dict[str, Any]:
        return {name: value for name, value in self.request.GET.items() if name in self.form_class.base_fields}

    def formsets(self, data: Any = None) -> dict[str, Any]:
        """Bound with `data` (a QueryDict) when it is given; cleaned rows come as lists in perform's data."""
        return {}

    def more(self) -> dict[str, Any]:
        return {}

    # --- the way of a request ---------------------------------------------------------------------------------------

    @property
    def key(self) -> uuid.UUID:
        """Identity of this very form: the same for every repeat of the same submit."""
        try:
            return uuid.UUID(self.request.POST.get("_key", ""))
        except ValueError:
            return uuid7()

    def allowed(self) -> None:
        if self.permission:
            access.check(self.request.user, self.permission)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.allowed()
        return self.page(self.form_class(initial=self.initial(), **self.form_kwargs()), self.formsets())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.allowed()
        if url := cache.get(self._repeat()):
            return HttpResponseRedirect(url)
        form = self.form_class(request.POST, request.FILES, **self.form_kwargs())
        sets = self.formsets(request.POST)
        if not all([form.is_valid(), *(rows.is_valid() for rows in sets.values())]):
            return self.page(form, sets, status=422)
        try:
            return self.submitted(
                form, sets, {**form.cleaned_data, **{name: filled(rows) for name, rows in sets.items()}}
            )
        except Refusal as refusal:
            return self.refused(form, sets, refusal)

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        return self.finish(self.perform(data))

    def finish(self, result: Any) -> HttpResponse:
        url = then(self.request) or (result if isinstance(result, str) else result.get_absolute_url())
        cache.set(self._repeat(), url, REPEAT_SECONDS)
        if self.done:
            messages.success(self.request, str(self.done))
        return HttpResponseRedirect(url)

    def refused(self, form: Any, sets: dict[str, Any], refusal: Refusal) -> HttpResponse:
        if refusal.field in form.fields:
            form.add_error(refusal.field, str(refusal))
            return self.page(form, sets, status=refusal.status)
        return self.page(form, sets, status=refusal.status, refusal=refusal)

    def _repeat(self) -> str:
        return f"act:{self.request.user.pk}:{self.request.path}:{self.key}"

    def page(self, form: Any, sets: dict[str, Any], *, status: int = 200, **extra: Any) -> HttpResponse:
        refusal = extra.get("refusal")
        context = {
            "view": self,
            "title": self.title,
            "submit": self.submit,
            "form": form,
            "formsets": sets,
            "groups": grouped(form, self.fieldsets),
            "key": self.key if self.request.method == "POST" else uuid7(),
            "problems": problems(form, sets, refusal),
            "conflict": refusal if isinstance(refusal, Conflict) else None,
            "back_url": self.back_url(),
            "comment": self.request.POST.get("_comment", ""),
            **extra,
            **self.more(),
        }
        return render(self.request, self.template_name, context, status=status)

    def back_url(self) -> str:
        return reverse(self.back) if self.back else ""


class TransitionView(ActView, Signs):
    """A step of a record's workflow. Signed steps get the re-authentication dialog between form and perform.

    Without `transition` the URL names the step (`<str:name>`); without `form_class` it is the general confirmation.
    """

    model: Any = None
    transition = ""
    submit: Any = ""
    help_template = "components/_step_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.step(
            record=self.record,
            name=self.step.name,
            by=self.request.user,
            version=self.version,
            reason=data.get("reason", ""),
            signing=self.signing,
        )

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        """The human sentence that is signed and kept."""
        return _("%(step)s: %(number)s, version %(version)s.") % {
            "step": self.step.label,
            "number": record.number,
            "version": record.version,
        }

    def quantities(self, record: Any, data: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        return ()

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return ""

    # --- the way of a request ---------------------------------------------------------------------------------------

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        wanted = self.transition or kwargs.get("name", "")
        steps = {step.name: step for step in self.model.workflow.transitions if not step.by_system}
        if wanted not in steps:
            raise Http404
        self.step = steps[wanted]
        self.title, self.submit = self.title or self.step.label, self.submit or self.step.label
        self.confirm = self.form_class is None
        self.form_class = self.form_class or ConfirmForm

    def form_kwargs(self) -> dict[str, Any]:
        return {"with_reason": self.step.reason} if self.confirm else {}

    @property
    def record(self) -> Any:
        if self.target is None:
            rows = self.model.objects.visible_to(self.request.user)
            self.target = get_object_or_404(rows, number=self.kwargs["number"])
        return self.target

    @property
    def version(self) -> int:
        """The version that the user saw."""
        sent = self.request.POST.get("version", "")
        return int(sent) if sent.isdigit() else self.record.version

    def allowed(self) -> None:
        access.check(self.request.user, self.step.permission, self.record)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.allowed()
        offer = next(
            (o for o in queries.offers(self.record, request.user) if o.transition.name == self.step.name), None
        )
        if offer is None or not offer.allowed:
            why = offer.reason if offer else _("The record is not in a state that this step starts from.")
            raise Conflict(_("“%(step)s” is not possible now.") % {"step": self.step.label}, hint=why)
        return super().get(request, **kwargs)

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        """First submit of a signed step shows what would be signed; nothing is signed on a page that is out of date."""
        record = self.record
        if not self.step.signature:
            return self.finish(self.perform(data))
        if self.version != record.version:
            raise stale(record, self.version)
        return self.signed(
            self.shown(data),
            page=partial(self.page, form, sets),
            perform=lambda: self.finish(self.perform(data)),
        )

    def shown(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the dialog says of this act."""
        record = self.record
        return {
            "title": self.title,
            "record": record,
            "statement": self.statement(record, data),
            "quantities": list(self.quantities(record, data)),
            "consequence": self.consequence(record, data),
            "meaning": self.meaning(record),
        }

    def meaning(self, record: Any) -> str:
        return str(self.step.signature)

    def refused(self, form: Any, sets: dict[str, Any], refusal: Refusal) -> HttpResponse:
        self.target = None  # the banner and the hidden version are those of the row as it is now
        return super().refused(form, sets, refusal)

    def page(self, form: Any, sets: dict[str, Any], *, status: int = 200, **extra: Any) -> HttpResponse:
        record = self.record
        extra |= {
            "record": record,
            "state": record.workflow.state(record.state),
            "version": record.version if isinstance(extra.get("refusal"), Conflict) else self.version,
            "signed": bool(self.step.signature),
            "step": self.step,
            "leads_to": record.workflow.state(self.step.leads_to(record.state)),
            "holders": [ROLES[role] for role in roles_with(self.step.permission)],
        }
        return super().page(form, sets, status=status, **extra)

    def back_url(self) -> str:
        return str(self.record.get_absolute_url())


def then(request: Any) -> str:
    """Where to go on after the act, by a name in the address; never an address that a link could bring along."""
    try:
        return reverse(THEN[name]) if (name := request.GET.get("then", "")) in THEN else ""
    except NoReverseMatch:
        return ""


def stale(record: Any, version: int) -> Conflict:
    return Conflict(
        _("Not signed: the record was changed while you worked on it."),
        hint=_("Look at the changes, then sign again if your decision still holds."),
        changes=trail.changes_since(record, version),
    )


def filled(rows: Any) -> list[dict[str, Any]]:
    """Cleaned rows of a formset without empty spare rows and deleted ones; rows left as they were count."""
    kept = [form for form in rows.forms if form.has_changed() or not form.empty_permitted]
    return [form.cleaned_data for form in kept if not form.cleaned_data.get("DELETE")]


def grouped(form: Any, fieldsets: tuple[tuple[Any, tuple[str, ...]], ...]) -> list[tuple[Any, list[Any]]]:
    if not fieldsets:
        return [("", list(form.visible_fields()))]
    named = {name for _, names in fieldsets for name in names}
    rest = [field for field in form.visible_fields() if field.name not in named]
    groups = [(legend, [form[name] for name in names if name in form.fields]) for legend, names in fieldsets]
    return [(legend, fields) for legend, fields in (*groups, ("", rest)) if fields]


def problems(form: Any, sets: dict[str, Any], refusal: Refusal | None) -> list[Problem]:
    """Every error with the anchor of its field, in the order of the page."""
    found = [Problem(refusal.message, refusal.hint)] if refusal and not isinstance(refusal, Conflict) else []
    for each in [form, *(row for rows in sets.values() if rows.is_bound for row in rows.forms)]:
        for name, errors in each.errors.items():
            anchor = each[name].id_for_label or each[name].auto_id if name in each.fields else ""
            label = f"{each.fields[name].label or name}: " if name in each.fields else ""
            found += [Problem(f"{label}{error}", anchor=anchor) for error in errors]
    for rows in sets.values():
        found += [Problem(error) for error in rows.non_form_errors()] if rows.is_bound else []
    return found
