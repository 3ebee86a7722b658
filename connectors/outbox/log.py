"""What the pages and the interface tell of webhooks and their deliveries."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Count, Min, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from connectors.models import Webhook, WebhookDelivery
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.ui.show import Mark

SHOWN = 50


def secrets_valid(row: Webhook) -> int:
    """How many keys sign at the moment."""
    return sum(1 for secret in row.secrets.all() if secret.valid_until is None or secret.valid_until > now())


def deliveries(row: Webhook, *, state: str = "", before: int = 0) -> QuerySet[WebhookDelivery]:
    """Newest first, with their attempts."""
    rows = WebhookDelivery.objects.filter(webhook=row).prefetch_related("attempts").order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(pk__lt=before) if before else rows


def sent(user: Any) -> QuerySet[WebhookDelivery]:
    """Deliveries of the webhooks that the reader may see."""
    return WebhookDelivery.objects.filter(webhook__in=Webhook.objects.visible_to(user)).select_related("webhook")


def searched(user: Any) -> QuerySet[WebhookDelivery]:
    """The same, with the webhook-id as the receiver saw it."""
    return sent(user).annotate(message=Concat(Value("msg_"), Cast("entry_id", CharField()), output_field=CharField()))


def managed_sites(user: Any) -> list[Site]:
    held = access.site_ids(user, "webhook.manage")
    return list(Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held))


def listed(user: Any) -> QuerySet[Webhook]:
    """Those that the reader may see, with how many deliveries wait."""
    rows = Webhook.objects.visible_to(user).select_related("state", "site")
    waiting = Q(deliveries__state="WAITING")
    failing = waiting & ~Q(deliveries__problem="")
    counts = {"waiting": Count("deliveries", filter=waiting), "failing": Count("deliveries", filter=failing)}
    return rows.annotate(**counts, oldest=Min("deliveries__made_at", filter=waiting)).order_by("name", "pk")


def health(row: Webhook) -> Mark:
    """Never green without a success."""
    if row.paused_at:
        tone = "warning" if row.paused_because == "person" else "danger"
        return Mark("paused", _("Paused") if row.paused_because == "person" else _("Stopped"), tone, "circle-pause")
    if row.state.failures:
        return Mark("failing", _("Failing"), "danger", "triangle-alert")
    if row.state.succeeded_at is None:
        return Mark("unknown", _("Nothing sent yet"), "muted", "circle-question-mark")
    return Mark("healthy", _("Healthy"), "success", "circle-check")
