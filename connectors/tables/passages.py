"""What went through the interfaces, and the mappings that it is read by."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from connectors.models import (
    Delivery,
    InboxMessage,
    Interface,
    Mapping,
    MessageState,
    SyncLine,
    SyncRun,
    WebhookDelivery,
)
from connectors.outbox import log
from connectors.workflow import MAPPING
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

TONES = {"NEW": "info", "PARKED": "warning", "NEEDS_MAPPING": "warning", "APPLIED": "success", "REJECTED": "danger",
         "SHADOWED": "info", "OBSERVED": "info"}  # fmt: skip
STATES = tuple(Mark(state.value, state.label, TONES.get(state.value, "muted")) for state in MessageState)


def _url(row: Any) -> str:
    return reverse("connectors:message", args=[row.uid])


MESSAGES = ListSpec(
    name="messages",
    title=_("Messages received"),
    model=InboxMessage,
    permission="interface.view",
    rows=lambda user: InboxMessage.objects.visible_to(user).select_related("interface").defer("body"),
    columns=(
        Column("message_id", _("Message"), kind="record", link=_url),
        Column("message_type", _("Type")),
        Column("source", _("Source")),
        Column("state", _("Status"), kind="state", states=STATES),
        Column(
            "record_number", _("Record"), kind="link", link=lambda row: reverse("ui:record", args=[row.record_number])
        ),
        Column("problem", _("Reason"), wide=True),
        Column("received_at", _("Received"), kind="moment", sort="id"),
        Column("applied_at", _("Applied"), kind="moment", shown=False),
        Column("tries", _("Tries"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=MessageState.choices),
        Text("record", _("Record"), field="record_number", lookup="exact"),
        DateRange("received", _("Received"), field="received_at"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Waiting for a person"), {"state": ["NEEDS_MAPPING", "PARKED"]}),
        Tab(_("Rejected"), {"state": ["REJECTED"]}),
    ),
    search=("message_id", "record_number", "problem"),
    order="-id",
    empty=_("Messages appear here when the MES sends something."),
)


def _delivery(row: Any) -> str:
    return reverse("connectors:delivery", args=[row.posting.reference])


DELIVERY_STATES = (
    Mark("WAITING", _("Waiting"), "info"),
    Mark("DONE", _("Done"), "success"),
    Mark("DEAD", _("Dead letter"), "danger"),
    Mark("SHADOW", _("Shadow: not sent"), "warning"),
)

SENT = ListSpec(
    name="sent",
    title=_("Postings sent"),
    model=Delivery,
    permission="interface.view",
    rows=lambda user: Delivery.objects.filter(interface__in=Interface.objects.visible_to(user)).select_related(
        "interface", "posting__lot", "posting__item", "posting__unit"
    ),
    columns=(
        Column("reference", _("Reference"), source="posting.reference", kind="link", link=_delivery),
        Column(
            "record_number",
            _("Record"),
            source="posting.record_number",
            kind="link",
            link=lambda row: reverse("ui:record", args=[row.posting.record_number]),
        ),
        Column("act", _("Act"), source="posting.get_kind_display"),
        Column("interface", _("Interface"), source="interface.name"),
        Column("item", _("Part"), source="posting.item.number"),
        Column("lot", _("Lot"), source="posting.lot.number"),
        Column(
            "quantity",
            _("Quantity"),
            kind="quantity",
            source="posting.quantity",
            unit="posting.unit.number",
            align="end",
        ),
        Column("state", _("Status"), kind="state", states=DELIVERY_STATES),
        Column("document", _("Document in the ERP"), source="posting.document_number"),
        Column("problem", _("Reason"), wide=True),
        Column("made_at", _("Asked for"), kind="moment", sort="id"),
        Column("tries", _("Tries"), kind="number"),
    ),
    filters=(
        Choices("state", _("Status"), choices=[(mark.code, mark.label) for mark in DELIVERY_STATES]),
        Text("record", _("Record"), field="posting__record_number", lookup="exact"),
        Text("lot", _("Lot"), field="posting__lot__number", lookup="exact"),
        DateRange("made", _("Asked for"), field="made_at"),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("Waiting"), {"state": ["WAITING"]}), Tab(_("Dead letters"), {"state": ["DEAD"]})),
    search=("posting__reference", "posting__record_number", "posting__document_number", "problem"),
    order="-id",
    empty=_("Postings appear here when a hold, a release or scrap is asked of an ERP."),
)

WEBHOOK_STATES = (
    Mark("WAITING", _("Waiting"), "info"),
    Mark("DONE", _("Done"), "success"),
    Mark("DROPPED", _("Given up"), "muted"),
)
FAILING = ~Q(problem="") & Q(state="WAITING")

DELIVERIES = ListSpec(
    name="webhook-log",
    title=_("Events sent to webhooks"),
    model=WebhookDelivery,
    permission="webhook.view",
    rows=log.searched,
    columns=(
        Column("number", _("webhook-id"), kind="record", sort="id"),
        Column("event", _("Event")),
        Column("subject", _("Record")),
        Column(
            "webhook", _("Webhook"), source="webhook.name", kind="link", link=lambda row: row.webhook.get_absolute_url()
        ),
        Column("state", _("Status"), kind="state", states=WEBHOOK_STATES),
        Column("tries", _("Tries"), kind="number"),
        Column("problem", _("Reason"), wide=True),
        Column("made_at", _("Queued"), kind="moment"),
        Column("done_at", _("Delivered"), kind="moment"),
        Column("next_at", _("Next try"), kind="moment", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=[(mark.code, mark.label) for mark in WEBHOOK_STATES]),
        Flag("failing", _("Failing"), where=FAILING),
        Text("webhook", _("Webhook"), field="webhook__name", lookup="exact"),
        Text("record", _("Record"), field="subject", lookup="exact"),
        Text("event", _("Event"), field="event", lookup="exact"),
        DateRange("made", _("Queued"), field="made_at"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Failing"), {"failing": "1"}),
        Tab(_("Waiting"), {"state": ["WAITING"]}),
        Tab(_("Given up"), {"state": ["DROPPED"]}),
    ),
    search=("message", "subject", "event", "problem"),
    order="-id",
    empty=_("Deliveries appear here when something happens that a webhook subscribes to."),
)


OUTCOMES = (
    Mark("created", _("New"), "info"),
    Mark("updated", _("Changed"), "info"),
    Mark("stale", _("Older than ours"), "muted"),
    Mark("renamed", _("Renamed"), "info"),
    Mark("replaced", _("Replaced"), "warning"),
    Mark("gone", _("Gone from the source"), "warning"),
    Mark("failed", _("Failed"), "danger"),
)


@dataclass(frozen=True, kw_only=True)
class OfRun(Text):
    """Lines of one reading, by its key."""

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: forms.UUIDField(label=self.label, required=False)}

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        return Q(run__uid=value) if (value := cleaned.get(self.name)) else None


def _run(row: Any) -> str:
    return reverse("connectors:run", args=[row.run.interface.code, row.run.uid])


def _difference(row: Any) -> str:
    return "; ".join(f"{name}: {old or '–'} → {new or '–'}" for name, old, new in row.changes)


TOLD = ListSpec(
    name="told",
    title=_("What readings changed"),
    model=SyncLine,
    permission="interface.view",
    rows=lambda user: SyncLine.objects.filter(run__in=SyncRun.objects.visible_to(user)).select_related(
        "run__interface"
    ),
    columns=(
        Column("number", _("Number")),
        Column("object", _("Object")),
        Column("external_id", _("Key in the source")),
        Column("outcome", _("Outcome"), kind="state", states=OUTCOMES),
        Column("before", _("Before / now at")),
        Column("changes", _("What changed"), source=_difference, wide=True),
        Column("problem", _("Reason"), wide=True),
        Column("run", _("Reading"), source="run.started_at", kind="moment", link=_run),
        Column("is_trial", _("Dry run"), source="run.is_trial", kind="yes"),
        Column("interface", _("Interface"), source="run.interface.name", shown=False),
    ),
    filters=(
        Choices("outcome", _("Outcome"), choices=[(mark.code, mark.label) for mark in OUTCOMES]),
        Text("object", _("Object"), lookup="exact"),
        Text("number", _("Number"), lookup="exact"),
        Text("external_id", _("Key in the source"), lookup="exact"),
        OfRun("run", _("Key of the reading")),
    ),
    order="-id",
    empty=_("A line stands here for every object that a reading changed, would change or could not take over."),
)


MAPPINGS = ListSpec(
    name="mappings",
    title=_("Mappings"),
    model=Mapping,
    permission="mapping.view",
    rows=lambda user: Mapping.objects.visible_to(user).select_related("interface", "site", "edited_by", "approved_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("interface", _("Interface"), source="interface.code"),
        Column("message_type", _("Type of message")),
        Column("edition", _("Edition"), kind="number", align="end"),
        Column("state", _("Status"), kind="state", states=MAPPING.states),
        Column("note", _("What it changes and why"), wide=True),
        Column("edited_by", _("Last edited by"), kind="user"),
        Column("approved_by", _("Approved by"), kind="user"),
        Column("activated_at", _("Active since"), kind="moment"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=MAPPING.choices),
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        Text("message_type", _("Type of message"), lookup="exact"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Active"), {"state": ["ACTIVE"]}),
        Tab(_("To approve"), {"state": ["TESTED"]}),
        Tab(_("Draft"), {"state": ["DRAFT"]}),
    ),
    search=("number", "message_type"),
    order="-id",
    actions=(Action(_("Draft a mapping"), "connectors:mapping-create", permission="mapping.edit", icon="plus"),),
    empty=_("A mapping tells how the messages of another system become ours. Messages in our own form need none."),
)
