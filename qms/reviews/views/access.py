"""Reviews of access: outside → one act or query → outside."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.accounts.models import Site
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, tables
from ..actions.access import RIGHT
from ..forms import AccessPlanForm, DecideForm, IntervalForm
from ..models import AccessReview
from ..queries import access as queries


class Detail(RecordDetail):
    model = AccessReview
    permission = "access_review.view"
    list_url, list_title = "reviews:accessreview-list", tables.ACCESS_REVIEWS.title
    steps = (
        Step(gettext_lazy("Planned"), ("DRAFT",)),
        Step(gettext_lazy("In review"), ("IN_REVIEW",)),
        Step(gettext_lazy("Reviewed"), ("REVIEWED",)),
    )
    sections = (Section("lines", gettext_lazy("Roles and tokens"), "reviews/_lines.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Site"), _("all sites") if record.every_site else record.site.code),
            (_("Planned for"), record.owner),
            (_("Due"), record.due_date),
            (_("Undecided"), record.undecided() if record.started_at else ""),
        )

    def more(self, record: Any) -> dict[str, Any]:
        lines = list(record.lines.select_related("decided_by").order_by("pk"))
        return {"lines": [(line, queries.words_of(line)) for line in lines]}


class PlanAccess(ActView):
    back = "reviews:accessreview-list"
    permission = RIGHT
    form_class = AccessPlanForm
    title = gettext_lazy("Plan an access review")
    submit = gettext_lazy("Plan")
    done = gettext_lazy("The review is planned.")
    help_template = "reviews/_access_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, RIGHT)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.plan_access(by=self.request.user, uid=self.key, **data)


class AccessStep(TransitionView):
    model = AccessReview

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.ACCESSREVIEW_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(accessreview=self.record, by=self.request.user, version=self.version, **signing, **data)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        said = actions.access.told(record)
        return _("I have reviewed every role and token of %(number)s: %(kept)s kept, %(ended)s ended.") % {
            "number": record.number,
            "kept": said.kept,
            "ended": said.ended,
        }


class Decide(AccessStep):
    """The lines that are open to this person; their own are decided by another."""

    transition = "decide"
    form_class = DecideForm
    template_name = "reviews/decide.html"
    submit = gettext_lazy("Save the decisions")

    def open_lines(self) -> list[Any]:
        rows = self.record.lines.filter(verdict="").exclude(holder=self.request.user)
        return list(rows.order_by("pk"))

    def form_kwargs(self) -> dict[str, Any]:
        return {"lines": self.open_lines()}

    def initial(self) -> dict[str, Any]:
        return {}

    def page(self, form: Any, sets: dict[str, Any], *, status: int = 200, **extra: Any) -> Any:
        lines = [line for line in self.open_lines() if f"verdict-{line.pk}" in form.fields]
        rows = [(line, queries.words_of(line), form[f"verdict-{line.pk}"], form[f"why-{line.pk}"]) for line in lines]
        own = self.record.lines.filter(verdict="", holder=self.request.user).count()
        return super().page(form, sets, status=status, rows=rows, own=own, **extra)


class Interval(ActView):
    back = "reviews:intervals"
    permission = RIGHT
    form_class = IntervalForm
    done = gettext_lazy("The interval is set.")
    help_template = "reviews/_access_help.html"

    @property
    def title(self) -> Any:
        return _("Intervals of reviews at %(site)s") % {"site": self.site.code}

    @cached_property
    def site(self) -> Site:
        return get_object_or_404(queries.sites(self.request.user), code=self.kwargs["code"])

    def initial(self) -> dict[str, Any]:
        rule = queries.rule(self.site)
        return {
            "months": rule.months if rule else queries.MONTHS,
            "system_months": rule.system_months if rule else queries.SYSTEM_MONTHS,
        }

    def perform(self, data: dict[str, Any]) -> str:
        actions.set_interval(site=self.site, by=self.request.user, **data)
        return reverse(self.back)
