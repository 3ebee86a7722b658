from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Posting

RELAY = "posting.carry"  # held by no role: only the relay takes these steps
ASKED = ("QUEUED", "SENT", "ACCEPTED")  # the ERP owes an answer
OPEN = ("FAILED", "NEEDS_DECISION")  # a person owes one


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
        State("CANCEL_REQUESTED", _("Cancellation requested"), "warning"),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
        State("SKIPPED", _("Skipped (signed)"), "muted", final=True),
    ),
    transitions=(
        Transition("send", _("Send"), ("QUEUED",), "SENT", RELAY, "posting.sent", by_system=True),
        Transition("accept", _("Accept"), ("QUEUED", "SENT"), "ACCEPTED", RELAY, "posting.accepted", by_system=True),
        Transition(
            "post", _("Confirm"), (*ASKED, "CANCEL_REQUESTED"), "POSTED", RELAY, "posting.posted", by_system=True
        ),
        Transition("fail", _("Refuse"), ASKED, "FAILED", RELAY, "posting.failed", by_system=True),
        Transition(
            "doubt",
            _("Ask a person"),
            (*ASKED, "CANCEL_REQUESTED"),
            "NEEDS_DECISION",
            RELAY,
            "posting.doubted",
            by_system=True,
        ),
        Transition("reconcile", _("Reconcile"), ("POSTED",), "RECONCILED", RELAY, "posting.reconciled", by_system=True),
        Transition("retry", _("Retry"), OPEN, "QUEUED", "interface.operate", "posting.retried"),
        Transition("cancel", _("Cancel"), OPEN, "CANCELLED", "interface.operate", "posting.cancelled", reason=True),
        # A cancellation is a message of its own: what was sent is cancelled only when the ERP says so.
        Transition(
            "request-cancel",
            _("Ask to cancel"),
            (*ASKED, *OPEN),
            "CANCEL_REQUESTED",
            "posting.cancel",
            "posting.cancel_requested",
            reason=True,
        ),
        Transition(
            "confirm-cancel",
            _("Confirm the cancellation"),
            ("CANCEL_REQUESTED",),
            "CANCELLED",
            RELAY,
            "posting.cancelled",
            by_system=True,
        ),
        Transition(
            "skip", _("Skip"), OPEN, "SKIPPED", "posting.answer", "posting.skipped", signature="skipped", reason=True
        ),
        Transition(
            "record",
            _("Record the document"),
            OPEN,
            "POSTED",
            "posting.answer",
            "posting.recorded",
            signature="recorded",
            reason=True,
        ),
    ),
)
