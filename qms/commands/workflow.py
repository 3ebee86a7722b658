from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Posting

RELAY = "posting.carry"  # held by no role: only the relay takes these steps


def only_holds(posting: Any) -> Any:
    """A decided movement is owed to the ERP; only a hold that it refused may be withdrawn."""
    return (
        "" if posting.kind == "HOLD" else gettext("A decided movement is not withdrawn: correct the cause and retry.")
    )


POSTING = Workflow(
    model=Posting,
    initial=("QUEUED",),
    states=(
        State("QUEUED", _("Requested"), "info"),
        State("SENT", _("Sent"), "info"),
        State("ACCEPTED", _("Accepted"), "info"),
        State("POSTED", _("Posted"), "success", final=True),
        State("RECONCILED", _("Reconciled"), "success", final=True),
        State("FAILED", _("Failed"), "danger"),
        State("NEEDS_DECISION", _("Needs decision"), "danger"),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
        State("SKIPPED", _("Skipped (signed)"), "muted", final=True),
    ),
    transitions=(
        Transition("send", _("Send"), ("QUEUED",), "SENT", RELAY, "posting.sent", by_system=True),
        Transition(
            "post", _("Confirm"), ("QUEUED", "SENT", "ACCEPTED"), "POSTED", RELAY, "posting.posted", by_system=True
        ),
        Transition(
            "fail", _("Refuse"), ("QUEUED", "SENT", "ACCEPTED"), "FAILED", RELAY, "posting.failed", by_system=True
        ),
        Transition("retry", _("Retry"), ("FAILED",), "QUEUED", "interface.operate", "posting.retried"),
        Transition(
            "cancel", _("Cancel"), ("FAILED",), "CANCELLED", "interface.operate", "posting.cancelled", reason=True
        ),
    ),
)
