"""Lists of what went through the interfaces."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from connectors.models import InboxMessage, MessageState
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

TONES = {"NEW": "info", "PARKED": "warning", "NEEDS_MAPPING": "warning", "APPLIED": "success", "REJECTED": "danger"}
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
