"""My work: the queue, and what its owner does with a task without opening it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts.access import SIGNED_IN, asks
from qms.lib.errors import Conflict, Missing
from qms.records.queries import by_number
from qms.ui.views import ActView

from .. import actions, palette, queries, worklist
from ..forms import DelegateForm, NothingForm, SnoozeForm


@asks(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    work = worklist.of(user)
    show, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    present = {task.kind for task in work.tasks}
    context = {
        "work": work,
        "show": show,
        "kind": kind,
        "groups": work.groups(kind, "" if show == "others" else show),
        "kinds": [(key, label) for key, (label, _icon) in worklist.KINDS.items() if key in present],
        "signatures": sum(task.kind == worklist.SIGNATURE for task in work.tasks),
        "recent": queries.recent_records(user),
        "presets": [*palette.views(user, ""), *queries.presets(user)],
        "alerts": worklist.alerts(user),
    }
    return render(request, "insight/home.html", context)


@asks(SIGNED_IN)
def next_signature(request: HttpRequest) -> HttpResponse:
    """Sign-through: after each signature the next item opens, until none is left."""
    task = queries.next_signature(request.user, request.GET.get("after", ""))
    if task is None:
        messages.success(request, _("Nothing more waits for your signature."))
        return HttpResponseRedirect(reverse("home"))
    return HttpResponseRedirect(f"{task.url}?then=next-signature")


class TaskAct(ActView):
    """Something done with a task of one's own queue; `?step=` names it."""

    permission = SIGNED_IN
    template_name = "insight/task.html"
    record: Any = None

    def allowed(self) -> None:
        """Any signed-in person, but only for records that are visible and tasks that are theirs."""
        self.record = by_number(self.kwargs["number"], self.request.user)
        if self.record is None:
            raise Missing(_("There is no record “%(number)s”, or it is not open to you.") % self.kwargs)
        self.step = self.request.GET.get("step", "")
        self.task = self.found()

    def found(self) -> Any:
        task = queries.task(self.request.user, self.record, self.step)
        if task is None:
            raise Conflict(
                _("This does not wait for you (any more)."), hint=_("Somebody else may have done it meanwhile.")
            )
        return task

    def more(self) -> dict[str, Any]:
        return {"task": self.task, "number": self.record.number}

    def back_url(self) -> str:
        return reverse("home")


class Snooze(TaskAct):
    form_class = SnoozeForm
    title, submit = gettext_lazy("Put off"), gettext_lazy("Put off")
    done = gettext_lazy("The task comes back on that day.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.snooze(record=self.record, step=self.step, by=self.request.user, **data)
        return reverse("home")


class Delegate(TaskAct):
    form_class = DelegateForm
    title, submit = gettext_lazy("Hand to another person"), gettext_lazy("Hand over")
    done = gettext_lazy("The task is handed over; the person is told.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"people": queries.who_may_take(self.record, self.step, self.request.user)}

    def perform(self, data: dict[str, Any]) -> str:
        actions.delegate(record=self.record, step=self.step, by=self.request.user, **data)
        return reverse("home")


class Wake(TaskAct):
    form_class = NothingForm
    title, submit = gettext_lazy("Take back into my queue"), gettext_lazy("Take back")

    def found(self) -> Any:
        if self.step not in {step.name for step in self.record.workflow.transitions}:
            raise Conflict(_("This does not wait for you (any more)."))
        return None

    def perform(self, data: dict[str, Any]) -> str:
        actions.wake(record=self.record, step=self.step, by=self.request.user)
        return reverse("home")
