"""The pages of the webhooks: subscriptions, how each receiver does, and what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connectors.forms import NoQuestion, ReasonForm
from connectors.models import Webhook, WebhookDelivery
from connectors.outbox import log, news, subscriptions
from connectors.tables import WEBHOOK_STATES as STATES
from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.errors import Invalid
from qms.ui.bulk import BulkAct
from qms.ui.views import ActView
from qms.ui.widgets import Moment, offer

from .monitor import Page

RANGE = ("since", "until", "first", "last", "subject", "from_sequence", "to_sequence")
VIEW, MANAGE = "webhook.view", "webhook.manage"


class WebhookForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("https, or a host of the plant that is on the list of targets."),
    )
    sites = forms.MultipleChoiceField(label=gettext_lazy("Sites"), widget=forms.CheckboxSelectMultiple)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Event types"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: every type."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = log.managed_sites(user)
        offer(self, "sites", [(s.code, f"{s.code} {s.name}") for s in sites])
        offer(self, "types", [(kind, kind) for kind in news.outgoing()])


class WebhookEditForm(WebhookForm):
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class RotateForm(forms.Form):
    until = forms.DateTimeField(
        label=gettext_lazy("The old secret is valid until"),
        required=False,
        widget=Moment,
        help_text=gettext_lazy("Empty: a week from now."),
    )


class ReplayForm(forms.Form):
    since = forms.DateTimeField(label=gettext_lazy("From (time)"), widget=Moment, required=False)
    until = forms.DateTimeField(label=gettext_lazy("To (time)"), widget=Moment, required=False)
    first = forms.CharField(
        label=gettext_lazy("From webhook-id"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Instead of the times: the first that was missed, such as msg_123."),
    )
    last = forms.CharField(
        label=gettext_lazy("To webhook-id"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Empty: up to the newest."),
    )
    subject = forms.CharField(label=gettext_lazy("Only of this record"), max_length=120, required=False)
    from_sequence = forms.IntegerField(
        label=gettext_lazy("From sequence number"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Of the record's events, as the receiver sees them."),
    )
    to_sequence = forms.IntegerField(label=gettext_lazy("To sequence number"), required=False, min_value=1)
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)
    count = forms.IntegerField(
        label=gettext_lazy("Number of events"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("Leave it empty to be told; enter it to send them."),
    )


class List(Page):
    permission = VIEW
    template_name = "connectors/webhooks.html"

    def context(self) -> dict[str, Any]:
        rows = [(row, log.health(row)) for row in log.listed(self.request.user)]
        return {"webhooks": rows, "may_manage": access.may(self.request.user, MANAGE)}


class Detail(Page):
    permission = VIEW
    template_name = "connectors/webhook.html"

    def context(self) -> dict[str, Any]:
        rows = Webhook.objects.visible_to(self.request.user).select_related("state", "site", "created_by")
        row = get_object_or_404(rows, uid=self.kwargs["uid"])
        return {
            "webhook": row,
            "health": log.health(row),
            "secrets": list(row.secrets.all()),
            "deliveries": log.deliveries(row)[: log.SHOWN],
            "states": STATES,
            "items": trail.timeline(row),
            "may_manage": access.may(self.request.user, MANAGE, row),
        }


class Delivered(Page):
    permission = VIEW
    template_name = "connectors/webhook_delivery.html"

    def context(self) -> dict[str, Any]:
        row = get_object_or_404(log.sent(self.request.user), uid=self.kwargs["uid"])
        return {
            "delivery": row,
            "message_id": f"msg_{row.entry_id}",
            "webhook": row.webhook,
            "states": STATES,
            "attempts": [(a, json.loads(a.exchange)) for a in row.attempts.all()],
            "may_manage": access.may(self.request.user, MANAGE, row.webhook),
        }


# --- acts -------------------------------------------------------------------------------------------------------------


class WithSecret(ActView):
    """The one answer that holds the secret: no redirect carries it, nothing keeps it; a repeat shows the webhook."""

    permission = MANAGE
    clear = ""

    def finish(self, result: Any) -> HttpResponse:
        super().finish(result)
        context = {"webhook": result, "clear": self.clear, "title": _("Secret of the webhook")}
        answer = render(self.request, "connectors/webhook_secret.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer


class Subscribe(WithSecret):
    form_class = WebhookForm
    title = gettext_lazy("New webhook")
    submit = gettext_lazy("Subscribe")
    help_template = "connectors/_webhook_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        row, self.clear = subscriptions.subscribe(by=self.request.user, **data)
        return row

    def back_url(self) -> str:
        return reverse("connectors:webhooks")


class WebhookAct(ActView):
    permission = MANAGE
    form_class: Any = ReasonForm
    act: Callable[..., Any]  # what is done with the webhook and the answers of the form

    def webhook(self) -> Webhook:
        found: Webhook = get_object_or_404(Webhook.objects.visible_to(self.request.user), uid=self.kwargs["uid"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, MANAGE, self.webhook())

    def back_url(self) -> str:
        return self.webhook().get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return self.act(webhook=self.webhook(), by=self.request.user, **data)


class Edit(WebhookAct):
    form_class = WebhookEditForm
    title = gettext_lazy("Change the webhook")
    done = gettext_lazy("The webhook is changed.")
    act = staticmethod(subscriptions.edit)

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def initial(self) -> dict[str, Any]:
        row = self.webhook()
        return {"name": row.name, "url": row.url, "sites": row.sites, "types": row.types}


class Rotate(WebhookAct, WithSecret):
    form_class = RotateForm
    title = gettext_lazy("Make a new secret")
    submit = gettext_lazy("Make a new secret")
    help_template = "connectors/_rotate_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        row, self.clear = subscriptions.rotate(webhook=self.webhook(), by=self.request.user, **data)
        return row


class Pause(WebhookAct):
    title = gettext_lazy("Pause the webhook")
    submit = gettext_lazy("Pause")
    done = gettext_lazy("The webhook is paused; its events wait.")
    act = staticmethod(subscriptions.pause)


class Resume(WebhookAct):
    title = gettext_lazy("Resume the webhook")
    submit = gettext_lazy("Resume")
    done = gettext_lazy("The webhook goes on; what waited is on its way.")
    act = staticmethod(subscriptions.resume)


class Ping(WebhookAct):
    form_class = NoQuestion
    title = gettext_lazy("Send a test event")
    submit = gettext_lazy("Send a test event")
    done = gettext_lazy("The test event is on its way; the log shows the answer.")

    def perform(self, data: dict[str, Any]) -> Any:
        subscriptions.ping(webhook=self.webhook(), by=self.request.user)
        return self.back_url()


class Replay(WebhookAct):
    form_class = ReplayForm
    title = gettext_lazy("Send a range again")
    submit = gettext_lazy("Send again")
    help_template = "connectors/_replay_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        row, count = self.webhook(), data.pop("count")
        found = len(subscriptions.in_range(row, **{name: data[name] for name in RANGE}))
        if count != found:
            raise Invalid(
                ngettext("%(count)s event lies in this range.", "%(count)s events lie in this range.", found)
                % {"count": found},
                field="count",
                hint=_("Enter this number to send them again."),
            )
        sent = subscriptions.replay(webhook=row, by=self.request.user, **data)
        told = ngettext("%(count)s event is on its way again.", "%(count)s events are on their way again.", sent)
        messages.success(self.request, told % {"count": sent})
        return row


class DeliveryAct(ActView):
    permission = MANAGE
    form_class = ReasonForm
    act: Callable[..., Any]

    def delivery(self) -> WebhookDelivery:
        found: WebhookDelivery = get_object_or_404(log.sent(self.request.user), uid=self.kwargs["uid"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, MANAGE, self.delivery().webhook)

    def back_url(self) -> str:
        return reverse("connectors:webhook-delivery", args=[self.kwargs["uid"]])

    def perform(self, data: dict[str, Any]) -> str:
        self.act(delivery=self.delivery(), by=self.request.user, **data)
        return self.back_url()


class GiveUp(DeliveryAct):
    title = gettext_lazy("Give this event up")
    submit = gettext_lazy("Give up")
    done = gettext_lazy("The event is given up; what waited behind it goes on.")
    act = staticmethod(subscriptions.give_up)


class SendAgain(DeliveryAct):
    title = gettext_lazy("Send this event again")
    submit = gettext_lazy("Send again")
    done = gettext_lazy("The event is on its way again, under the same id.")
    act = staticmethod(subscriptions.send_again)


def may_manage(row: WebhookDelivery, by: Any) -> Any:
    return "" if access.may(by, MANAGE, row.webhook) else _("You do not hold the right for this record.")


def may_give_up(row: WebhookDelivery, by: Any) -> Any:
    waits = row.state == "WAITING"
    return may_manage(row, by) or ("" if waits else _("%(number)s does not wait any more.") % {"number": row.number})


# Many deliveries at once, each an act of its own.
BULK = (
    BulkAct(
        name="again",
        label=gettext_lazy("Send again"),
        permission=MANAGE,
        form_class=ReasonForm,
        perform=lambda row, by, data: subscriptions.send_again(delivery=row, by=by, **data),
        refuses=may_manage,
    ),
    BulkAct(
        name="give-up",
        label=gettext_lazy("Give up"),
        permission=MANAGE,
        form_class=ReasonForm,
        perform=lambda row, by, data: subscriptions.give_up(delivery=row, by=by, **data),
        refuses=may_give_up,
    ),
)
