"""The work list: what waits for a person, by cause, and the pages on which it is answered once for all of a kind."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connectors import tasks
from connectors.forms import CauseForm, NoQuestion, ReasonForm
from connectors.inbox import worklist
from connectors.models import Retry
from connectors.tables import STATES
from qms.accounts import access
from qms.lib.errors import NotNow
from qms.masterdata.queries import candidates
from qms.signatures.choices import Meaning
from qms.ui.bulk import changed
from qms.ui.views import ActView, Signs

from .monitor import VIEW, Page

RESOLVE = worklist.RESOLVE


class WorkList(Page):
    template_name, fragment_name = "connectors/worklist.html", "connectors/_worklist.html"

    def context(self) -> dict[str, Any]:
        user = self.request.user
        return {
            "groups": worklist.groups(user),
            "unexplained": worklist.unexplained(user),
            "retries": Retry.objects.visible_to(user).order_by("-pk")[:5],
            "may_resolve": access.may(user, RESOLVE),
        }


class RetryPage(Page):
    template_name, fragment_name = "connectors/worklist_retry.html", "connectors/_worklist_retry.html"
    permission = VIEW

    def context(self) -> dict[str, Any]:
        retry = get_object_or_404(Retry.objects.visible_to(self.request.user), uid=self.kwargs["uid"])
        counts = (
            (_("Applied"), retry.applied),
            (_("Still waiting"), retry.waiting),
            (_("Rejected"), retry.rejected),
            (_("Failed, tried again by itself"), retry.failed),
        )
        return {"retry": retry, "counts": counts}


class CauseAct(ActView):
    """An act on all messages of one cause; the cause stands in the query, and in hidden fields of the form."""

    permission = RESOLVE
    template_name = "connectors/worklist_act.html"
    group: worklist.Group

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        said = request.POST or request.GET
        names = {name: str(said.get(f"cause_{name}", "")) for name in ("kind", "system", "name")}
        if request.method.lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        access.check(request.user, RESOLVE)
        if not names["kind"]:
            return HttpResponseRedirect(reverse("connectors:worklist"))
        self.group = worklist.one(request.user, **names)
        return super().dispatch(request, *args, **kwargs)

    @property
    def cause(self) -> dict[str, str]:
        return {"kind": self.group.kind, "system": self.group.system, "name": self.group.name}

    def more(self) -> dict[str, Any]:
        return {"group": self.group}

    def back_url(self) -> str:
        return reverse("connectors:worklist")

    def retry(self, retry: Retry) -> str:
        """Rings the worker; without one the next sweep carries it out."""
        try:
            tasks.ring_retry(retry.uid)
        except NotNow as away:
            messages.warning(self.request, f"{away.message} {_('It is carried out as soon as it is back.')}")
        return reverse("connectors:worklist-retry", args=[retry.uid])

    def address(self, name: str) -> str:
        return f"{reverse(name)}?{self.group.query}"


class MapCause(CauseAct):
    form_class = CauseForm
    title = gettext_lazy("Say what the name means here")
    submit = gettext_lazy("Map for all messages")

    def form_kwargs(self) -> dict[str, Any]:
        return {"kind": self.group.kind, "user": self.request.user}

    def more(self) -> dict[str, Any]:
        """Nothing is guessed: what the name may mean is shown, and a person chooses."""
        return {**super().more(), "candidates": self.candidates()}

    def candidates(self) -> list[Any]:
        return candidates(source=self.group.system, kind=self.group.kind, name=self.group.name)

    def perform(self, data: dict[str, Any]) -> str:
        answer, reason = data["local_value"], data["reason"]
        retry = worklist.resolve(**self.cause, answer=answer, reason=reason, by=self.request.user)
        if self.group.kind == "unit":
            return self.address("connectors:worklist-units")
        if self.group.is_left:
            messages.success(self.request, _("Later messages are understood."))
            return self.back_url()
        return self.retry(retry)


class RetryCause(CauseAct):
    form_class = NoQuestion
    title = gettext_lazy("Try the messages again")
    submit = gettext_lazy("Try again")

    def more(self) -> dict[str, Any]:
        """With ?dry=1 what would become of the oldest of them; nothing is applied."""
        is_dry = self.request.method == "GET" and self.request.GET.get("dry") == "1"
        foretold = worklist.foretell(**self.cause, by=self.request.user) if is_dry else []
        dry_url = f"{self.address('connectors:worklist-again')}&dry=1"
        return {**super().more(), "dry_url": dry_url, "is_dry": is_dry, "foretold": foretold, "states": STATES}

    def perform(self, data: dict[str, Any]) -> str:
        return self.retry(worklist.plan(**self.cause, by=self.request.user))


class SkipCause(CauseAct, Signs):
    form_class = ReasonForm
    title = gettext_lazy("Skip the messages")
    submit = gettext_lazy("Sign and skip")

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        shown = {
            "title": self.title,
            "meaning": Meaning.WAIVED,
            "number": worklist.number_of(self.group),
            "statement": worklist.skipping(self.group, data["reason"]),
            "consequence": _("The messages are never applied, and you answer for that."),
        }
        if (told := self.request.POST.get("expected", "")) and told != str(self.group.count):
            raise changed(int(told) if told.isdigit() else -1, self.group.count)
        return self.signed(shown, page=partial(self.page, form, sets), perform=lambda: self.finish(self.perform(data)))

    def more(self) -> dict[str, Any]:
        return {**super().more(), "signed": True}

    def perform(self, data: dict[str, Any]) -> str:
        assert self.signing is not None
        count = worklist.skip(**self.cause, by=self.request.user, reason=data["reason"], signing=self.signing)
        told = ngettext("%(count)s message was skipped.", "%(count)s messages were skipped.", count)
        messages.success(self.request, told % {"count": count})
        return self.back_url()


class SettleCause(CauseAct):
    form_class = ReasonForm
    title = gettext_lazy("Say what was decided")
    submit = gettext_lazy("It is settled")
    done = gettext_lazy("Settled.")

    def perform(self, data: dict[str, Any]) -> str:
        worklist.settle_left(**self.cause, by=self.request.user, reason=data["reason"])
        return self.back_url()


class CorrectUnits(CauseAct):
    form_class = ReasonForm
    template_name = "connectors/worklist_units.html"
    title = gettext_lazy("Correct the records with this unit")
    submit = gettext_lazy("Correct them")

    def more(self) -> dict[str, Any]:
        return {"group": self.group, "concerned": worklist.concerned(self.request.user, self.group)}

    def perform(self, data: dict[str, Any]) -> str:
        found = worklist.correct_units(
            system=self.group.system, name=self.group.name, by=self.request.user, reason=data["reason"]
        )
        told = ngettext("%(count)s record was corrected.", "%(count)s records were corrected.", len(found.done))
        messages.success(self.request, told % {"count": len(found.done)})
        for number, why in found.refused:
            messages.warning(self.request, f"{number}: {why}")
        return self.back_url()
