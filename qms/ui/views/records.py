"""A record's page: header, stepper, sections, timeline."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.errors import Invalid
from qms.records import actions, queries, reading, refusals

from .. import recent, show


@dataclass(frozen=True)
class Section:
    """One card of the page; `key` is its anchor."""

    key: str
    title: Any
    template: str


@dataclass(frozen=True)
class Step:
    """A stretch of the way, made of one or more states."""

    label: Any
    states: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A step as it stands: done, current or ahead."""

    label: Any
    status: str
    at: Any = None


KINDS = {
    "": gettext_lazy("All"),
    "act": gettext_lazy("Changes"),
    "comment": gettext_lazy("Comments"),
    "interface": gettext_lazy("Integration"),
    "signature": gettext_lazy("Signatures"),
    "file": gettext_lazy("Files"),
}


class RecordDetail(View):
    model: Any = None
    template_name = "generic/record.html"
    steps: tuple[Step, ...] = ()
    sections: tuple[Section, ...] = ()
    aside: tuple[Section, ...] = ()
    comments = True
    comment_permission = "record.comment"
    list_url = ""  # URL name of the list, for the breadcrumb
    list_title: Any = ""
    http_method_names = ["get", "head", "post"]

    def title(self, record: Any) -> Any:
        return getattr(record, "title", "")

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        """(label, value) of the header's second line."""
        return ()

    def more(self, record: Any) -> dict[str, Any]:
        return {}

    def acts(self, record: Any, offers: list[Any]) -> dict[str, Any]:
        """`primary` and `others` of the header."""
        return acts(offers, record.workflow)

    def stages(self, record: Any) -> list[Stage]:
        return stages(self.steps, record.state, entered(record)) if self.steps else []

    def record(self) -> Any:
        """Invisible and missing look the same: 404."""
        return get_object_or_404(self.model.objects.visible_to(self.request.user), number=self.kwargs["number"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            record = self.record()
        except Http404:
            if stone := queries.tombstone(kwargs["number"], request.user):
                return HttpResponseRedirect(stone.get_absolute_url())
            raise
        recent.opened(request.user, record)
        reading.told(record=record, by=request.user, way="page")
        return self.page(record)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """No record is ever deleted; that somebody tried stands in its trail."""
        if request.method == "DELETE":
            refusals.told(record=self.record(), by=request.user, way="page")
        return super().http_method_not_allowed(request, *args, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The comment box."""
        record = self.record()
        access.check(request.user, self.comment_permission, record)
        if not (text := request.POST.get("text", "").strip()):
            return self.page(record, comment_problem=_("Write something first."), status=422)
        try:
            actions.comment(record=record, text=text, by=request.user)
        except Invalid as refusal:
            return self.page(record, comment_problem=str(refusal), comment_text=text, status=refusal.status)
        return HttpResponseRedirect(f"{record.get_absolute_url()}#timeline")

    def page(self, record: Any, *, status: int = 200, **extra: Any) -> HttpResponse:
        chosen = self.request.GET.get("show", "")
        record.keeping = queries.keeping(record)  # asked once: the banner of a legal hold looks at it too
        facts = (*self.facts(record), (_("Retention period"), record.keeping.words))
        context = {
            "record": record,
            "view": self,
            "title": self.title(record),
            "state": record.workflow.state(record.state),
            "facts": [(label, show.value(value)) for label, value in facts if value not in (None, "")],
            **self.acts(record, queries.offers(record, self.request.user)),
            "stages": self.stages(record),
            "items": [line for line in trail.timeline(record) if chosen in ("", line.kind)],
            "kinds": [(key, label, key == chosen) for key, label in KINDS.items()],
            "may_enclose": access.may(self.request.user, "record.compartment", record) and not record.enclosed_with,
            "may_export": access.may(self.request.user, "record.export", record),
            "may_comment": self.comments and access.may(self.request.user, self.comment_permission, record),
            **extra,
            **self.more(record),
        }
        return render(self.request, self.template_name, context, status=status)


def acts(offers: Iterable[Any], workflow: Any = None) -> dict[str, Any]:
    """The first allowed offer is the primary act; the rest stands in the menu, with the reason when it is closed.

    Giving a record up is never primary while a rule closes the step before it: that step is shown closed, with the reason."""
    offers = list(offers)
    primary = next((offer for offer in offers if offer.allowed), None)
    if primary and workflow and gives_up(primary.transition, workflow):
        shut = next((offer for offer in offers[: offers.index(primary)] if offer.permitted), None)
        if shut:
            return {"primary": None, "shut": shut, "others": [offer for offer in offers if offer is not shut]}
    return {"primary": primary, "others": [offer for offer in offers if offer is not primary]}


def gives_up(transition: Any, workflow: Any) -> bool:
    """Whether the step ends the record without its purpose."""
    target = None if transition.target == "=" else workflow.state(transition.target)
    return bool(target and target.final and target.tone == "muted")


def entered(record: Any) -> dict[str, Any]:
    """When the record first was in each of its states."""
    return dict(record.history.values_list("state").annotate(at=Min("history_date")).order_by())


def stages(steps: tuple[Step, ...], state: str, entered: dict[str, Any] | None = None) -> list[Stage]:
    """A state outside every step (cancelled, void) leaves all steps ahead."""
    place = next((i for i, step in enumerate(steps) if state in step.states), -1)
    status = {-1: "done", 0: "current", 1: "ahead"}
    found = []
    for i, step in enumerate(steps):
        at = min((at for code, at in (entered or {}).items() if code in step.states), default=None)
        found.append(Stage(step.label, "ahead" if place < 0 else status[(i > place) - (i < place)], at))
    return found
