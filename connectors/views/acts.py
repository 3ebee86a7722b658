"""What a person does with an interface and with what went through it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connectors import actions, queries, tasks
from connectors.actions import letters
from connectors.actions.interfaces import REGISTER
from connectors.actions.letters import MOST
from connectors.forms import (
    AssignForm,
    ConfigureForm,
    LettersForm,
    ModeForm,
    NoQuestion,
    ReasonForm,
    SyncForm,
    TrialForm,
)
from connectors.inbox import worklist
from connectors.models import Interface, Kind, SyncRun
from connectors.sync import trial
from connectors.sync.run import check_open
from qms.accounts import access
from qms.commands import actions as commands
from qms.lib.errors import Conflict, NotNow
from qms.signatures.choices import Meaning
from qms.ui.views import ActView, Signs

OPERATE = "interface.operate"
MAY_BE_EMPTY = ("backup", "agreement", "fallback")


class InterfaceAct(ActView):
    permission = OPERATE
    form_class: Any = ReasonForm

    def interface(self) -> Interface:
        found: Interface = get_object_or_404(Interface.objects.visible_to(self.request.user), code=self.kwargs["code"])
        return found

    def back_url(self) -> str:
        return reverse("connectors:interface", args=[self.kwargs["code"]])

    def more(self) -> dict[str, Any]:
        return {"interface": self.interface()}


class SyncNow(InterfaceAct):
    form_class = SyncForm
    title = gettext_lazy("Read the ERP now")
    submit = gettext_lazy("Read now")
    done = gettext_lazy("The reading is asked for; its progress is shown below.")

    def perform(self, data: dict[str, Any]) -> str:
        interface = self.interface()
        access.check(self.request.user, OPERATE, interface)
        check_open(interface)
        tasks.ring_sync(interface.pk, data["full"], self.request.user.pk)
        return self.back_url()


class Trial(InterfaceAct):
    """A dry run: the worker reads and compares, the run's page shows what would change."""

    form_class = TrialForm
    title = gettext_lazy("Dry run: what would a reading change?")
    submit = gettext_lazy("Start the dry run")
    done = gettext_lazy("The dry run is asked for; what it finds is shown below.")

    def perform(self, data: dict[str, Any]) -> str:
        run = trial.ask(interface=self.interface(), full=data["full"], by=self.request.user)
        tasks.ring_trial(run, int(self.request.user.pk or 0))
        return reverse("connectors:run", args=[self.kwargs["code"], run.uid])


class BelieveDeletions(InterfaceAct):
    """What a reading found missing in the source and did not believe."""

    title = gettext_lazy("Believe the deletions")
    submit = gettext_lazy("Believe them and read again")
    done = gettext_lazy("The deletions are believed; everything is read again.")
    template_name = "connectors/believe.html"

    def run(self) -> SyncRun:
        mine = SyncRun.objects.visible_to(self.request.user).filter(interface__code=self.kwargs["code"])
        found: SyncRun = get_object_or_404(mine, uid=self.kwargs["uid"])
        return found

    def more(self) -> dict[str, Any]:
        return {**super().more(), "run": self.run()}

    def perform(self, data: dict[str, Any]) -> str:
        actions.believe_deletions(run=self.run(), by=self.request.user, reason=data["reason"])
        return self.back_url()


class Pause(InterfaceAct):
    title = gettext_lazy("Pause the interface")
    submit = gettext_lazy("Pause")
    done = gettext_lazy("The interface is paused; what is asked for meanwhile waits.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.pause(interface=self.interface(), by=self.request.user, reason=data["reason"])
        return self.back_url()


class Resume(InterfaceAct):
    title = gettext_lazy("Resume the interface")
    submit = gettext_lazy("Resume")
    done = gettext_lazy("The interface goes on.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.resume(interface=self.interface(), by=self.request.user, reason=data["reason"])
        return self.back_url()


class Switch(InterfaceAct):
    form_class = ModeForm
    title = gettext_lazy("Switch the mode")
    submit = gettext_lazy("Switch")
    done = gettext_lazy("The mode was switched.")

    def initial(self) -> dict[str, Any]:
        return {"mode": self.interface().mode}

    def perform(self, data: dict[str, Any]) -> str:
        actions.switch(interface=self.interface(), by=self.request.user, **data)
        return self.back_url()


class Configure(InterfaceAct):
    form_class = ConfigureForm
    title = gettext_lazy("Purpose, owner and times")
    done = gettext_lazy("The interface was changed.")

    def form_kwargs(self) -> dict[str, Any]:
        interface = self.interface()
        return {"site_id": interface.site_id, "is_mes": interface.kind == Kind.MES}

    def initial(self) -> dict[str, Any]:
        interface = self.interface()
        held = {name: getattr(interface, name) for name in ("purpose", "owner", "sync_every", "silent_after")}
        register = {name: getattr(interface, name) for name in REGISTER}
        return {**held, **register, "takes": sorted(interface.takes)}

    def perform(self, data: dict[str, Any]) -> str:
        told = {name: data.pop(name) for name in REGISTER}
        register = {name: value for name, value in told.items() if value not in ("", None) or name in MAY_BE_EMPTY}
        actions.configure(interface=self.interface(), by=self.request.user, register=register, **data)
        return self.back_url()


class Letters(InterfaceAct):
    """Dead letters of the page, chosen there: one, some, or all of a cause."""

    form_class = LettersForm
    template_name = "connectors/letters.html"

    def more(self) -> dict[str, Any]:
        asked = self.request.POST.get("letters", "") or self.initial()["letters"]
        chosen = set(asked.split())
        return {**super().more(), "letters": [x for x in queries.letters(self.interface()) if x.id in chosen]}

    def initial(self) -> dict[str, Any]:
        chosen = self.request.GET.getlist("letter")
        if cause := self.request.GET.get("cause"):
            groups = queries.causes(queries.letters(self.interface()))
            chosen += [letter.id for group in groups if group.key == cause for letter in group.letters]
        return {"letters": " ".join(list(dict.fromkeys(chosen))[:MOST])}

    def back_url(self) -> str:
        return f"{super().back_url()}?tab=letters"


class RetryLetters(Letters):
    title = gettext_lazy("Try dead letters again")
    submit = gettext_lazy("Try again")

    def more(self) -> dict[str, Any]:
        told = super().more()
        ids = [letter.id for letter in told["letters"]]
        if not any(letter.startswith("in:") for letter in ids):
            return told
        if "dry" in self.request.GET:
            return {**told, "foretold": worklist.foretold_letters(self.request.user, told["interface"], ids)}
        return {
            **told,
            "dry_url": f"{self.request.path}?{urlencode([('letter', one) for one in ids] + [('dry', '1')])}",
        }

    def perform(self, data: dict[str, Any]) -> str:
        count = actions.retry_letters(interface=self.interface(), by=self.request.user, **data)
        told = ngettext("%(count)s dead letter is tried again.", "%(count)s dead letters are tried again.", count)
        messages.success(self.request, told % {"count": count})
        with contextlib.suppress(NotNow):  # the next sweep comes by itself
            tasks.ring_sweep()
        return self.back_url()


class AssignCause(InterfaceAct):
    form_class = AssignForm
    title = gettext_lazy("Who takes care of this cause?")
    submit = gettext_lazy("Assign")
    done = gettext_lazy("Assigned.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_id": self.interface().site_id, "right": OPERATE}

    def perform(self, data: dict[str, Any]) -> str:
        interface = self.interface()
        found = [one for one in queries.causes_of(interface) if one.key == self.kwargs["cause"]]
        if not found:
            raise Conflict(_("No dead letter has this cause any more."), hint=_("Reload the page."))
        told: dict[str, Any] = {"cause": found[0].key, "text": found[0].text, "count": len(found[0].letters)}
        actions.assign_cause(interface=interface, to=data["to"], by=self.request.user, **told)
        return self.back_url()

    def back_url(self) -> str:
        return f"{super().back_url()}?tab=letters"


class DiscardLetters(Letters, Signs):
    title = gettext_lazy("Discard dead letters")
    submit = gettext_lazy("Sign and discard")

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        interface, count = self.interface(), len(data["letters"])
        shown = {
            "title": self.title,
            "meaning": Meaning.WAIVED,
            "number": letters.number_of(count, interface),
            "statement": letters.giving_up(count, interface, data["reason"]),
            "consequence": _("What was told is never applied, what was asked never posted, and you answer for that."),
        }
        return self.signed(shown, page=partial(self.page, form, sets), perform=lambda: self.finish(self.perform(data)))

    def perform(self, data: dict[str, Any]) -> str:
        assert self.signing is not None
        by = self.request.user
        count = actions.discard(interface=self.interface(), by=by, signing=self.signing, **data)
        told = ngettext("%(count)s dead letter was discarded.", "%(count)s dead letters were discarded.", count)
        messages.success(self.request, told % {"count": count})
        return self.back_url()


class Retry(ActView):
    permission = OPERATE
    form_class = NoQuestion
    title = gettext_lazy("Try the posting again")
    submit = gettext_lazy("Retry")
    done = gettext_lazy("The posting is on its way again.")

    def delivery(self) -> Any:
        return get_object_or_404(queries.carried(self.request.user), posting__reference=self.kwargs["reference"])

    def more(self) -> dict[str, Any]:
        return {"delivery": self.delivery()}

    def perform(self, data: dict[str, Any]) -> str:
        commands.retry(posting=self.delivery().posting, by=self.request.user)
        return self.back_url()

    def back_url(self) -> str:
        return reverse("connectors:delivery", args=[self.kwargs["reference"]])
