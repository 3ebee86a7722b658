"""Reviews of the audit trail: outside → one act or query → outside."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.clock import now
from qms.office import tables as office
from qms.ui.show import Mark, chip
from qms.ui.views import ActView, ListView, RecordDetail, Section, Step, TransitionView

from .. import actions, queries, tables
from ..actions.trail import EDITABLE, RIGHT
from ..choices import Look
from ..forms import CreateForm, MarkForm, PlanForm, WithdrawForm
from ..models import TrailReview

OVERDUE = Mark("overdue", gettext_lazy("Overdue"), "danger")
FIELDSETS = (
    (gettext_lazy("Review"), ("title", "site", "purpose", "owner", "due_date")),
    (gettext_lazy("Scope"), ("from_date", "to_date", "record_types", "numbers", "looks")),
)


class Detail(RecordDetail):
    model = TrailReview
    permission = tables.VIEW
    list_url, list_title = "reviews:trailreview-list", tables.REVIEWS.title
    steps = (
        Step(gettext_lazy("Planned"), ("DRAFT",)),
        Step(gettext_lazy("In review"), ("IN_REVIEW",)),
        Step(gettext_lazy("Reviewed"), ("REVIEWED",)),
    )
    sections = (
        Section("scope", gettext_lazy("Scope"), "reviews/_scope.html"),
        Section("exceptions", gettext_lazy("Exceptions"), "reviews/_exceptions.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        is_late = record.due_date and record.due_date < now().date() and record.state in ("DRAFT", "IN_REVIEW")
        return (
            (_("Planned for"), record.owner),
            (_("Due"), record.due_date),
            ("", chip(OVERDUE) if is_late else ""),
            (_("Reviewer"), record.reviewer),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        user, kinds = self.request.user, dict(queries.offered(None))
        return {
            "kinds_of_record": [kinds.get(label, label) for label in record.record_types],
            "looks": [Look(look).label for look in record.looks],
            "exceptions": record.standing(),
            "may_read": access.may(user, office.queries.TRAIL, record),
            "may_mark": record.state == "IN_REVIEW" and record.reviewer_id == user.pk,
        }


class Entries(ListView):
    """What the review covers, to be worked through; before it begins, what it would cover now."""

    permission = office.queries.TRAIL
    template_name = "reviews/entries.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        access.check(request.user, self.permission)
        rows = TrailReview.objects.visible_to(request.user).select_related("site")
        self.review = get_object_or_404(rows, number=kwargs["number"])
        size = None if self.review.started_at else queries.sealed_size()
        may_mark = self.review.state == "IN_REVIEW" and self.review.reviewer_id == request.user.pk
        self.spec = tables.entries_of(
            self.review, lambda user: queries.entries(self.review, user, size=size), may_mark=may_mark
        )
        return super().get(request, **kwargs)


class Plan(ActView):
    back = "reviews:trailreview-list"
    permission = RIGHT
    form_class = CreateForm
    title = gettext_lazy("Plan an audit-trail review")
    submit = gettext_lazy("Plan")
    done = gettext_lazy("The review is planned.")
    fieldsets = FIELDSETS
    help_template = "reviews/_trail_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, RIGHT)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.plan(by=self.request.user, uid=self.key, **data)


class ReviewStep(TransitionView):
    """Any step of the review's table; the acts stand in actions, one per step."""

    model = TrailReview

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.TRAILREVIEW_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(trailreview=self.record, by=self.request.user, version=self.version, **signing, **data)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _(
            "I have reviewed the audit trail in the scope of %(number)s, version %(version)s: %(entries)s entries, of the trail"
            " at its size %(size)s; exceptions: %(exceptions)s."
        ) % {
            "number": record.number,
            "version": record.version,
            "entries": record.entries,
            "size": record.trail_size,
            "exceptions": len(record.standing()),
        }


class Edit(ReviewStep):
    transition = "edit"
    form_class = PlanForm
    submit = gettext_lazy("Save")
    fieldsets = tuple((legend, tuple(n for n in names if n != "site")) for legend, names in FIELDSETS)

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": {self.record.site_id}}

    def initial(self) -> dict[str, Any]:
        values = {name: getattr(self.record, name) for name in EDITABLE}
        return {**values, "numbers": ", ".join(self.record.numbers)}


class OfEntry(ReviewStep):
    template_name = "reviews/mark.html"

    def more(self) -> dict[str, Any]:
        given = self.request.POST.get("entry", "") or self.request.GET.get("entry", "")
        rows = queries.entries(self.record, self.request.user) if self.record.started_at else None
        entry = rows.filter(pk=int(given)).first() if rows is not None and given.isdigit() and len(given) < 19 else None
        told = {"what": office.told(entry), "about": office.subject(entry), "by": office.actor(entry)} if entry else {}
        return {"entry": entry, **told}

    def initial(self) -> dict[str, Any]:
        return {"entry": self.request.GET.get("entry", "")}


class MarkEntry(OfEntry):
    transition = "mark"
    form_class = MarkForm
    submit = gettext_lazy("Mark as exception")
    done = gettext_lazy("The exception is marked.")


class Withdraw(OfEntry):
    transition = "withdraw"
    form_class = WithdrawForm
    submit = gettext_lazy("Withdraw")
