from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Command, Posting

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
        Transition("accept", _("Accept"), ("SENT",), "ACCEPTED", RELAY, "posting.accepted", by_system=True),
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
        # A reconciliation found that the ERP has lost the document: the same reference is looked for again, then made.
        Transition(
            "resend",
            _("Send again"),
            ("POSTED", "RECONCILED"),
            "QUEUED",
            "interface.operate",
            "posting.resent",
            reason=True,
        ),
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

WAITS = ("REQUESTED", "DELIVERED", "ACKNOWLEDGED", "PARTIAL")  # the target owes a step
STAFF = "hold.release"


def explained(command: Any) -> Any:
    """integration-mes.md §8: suspect = segregated + shipped + scrapped + not found."""
    if not command.is_counted:
        return ""
    if command.unexplained is None:
        return gettext("Nobody has said yet what was found.")
    return (
        gettext("The quantities do not add up; the difference must be explained first.") if command.unexplained else ""
    )


def still_holds(command: Any) -> Any:
    return gettext("Its time is over: ask anew instead.") if command.is_over else ""


def asked_by_itself(command: Any) -> Any:
    return "" if command.is_ask else gettext("This follows from a hold: release or cancel the hold instead.")


def _told(name: str, label: Any, sources: tuple[str, ...], target: str, event: str) -> Transition:
    """A step that the target tells, or that follows from the clock."""
    return Transition(name, label, sources, target, RELAY, f"command.{event}", by_system=True)


COMMAND = Workflow(
    model=Command,
    initial=("REQUESTED",),
    states=(
        State("REQUESTED", _("Requested"), "info"),
        State("DELIVERED", _("Delivered"), "info"),
        State("ACKNOWLEDGED", _("Acknowledged"), "info"),
        State("PARTIAL", _("Executed in part"), "warning"),
        State("EXECUTED", _("Executed"), "success"),
        State("VERIFIED", _("Verified"), "success"),
        State("REJECTED", _("Rejected"), "danger"),
        State("EXPIRED", _("Expired"), "danger"),
        State("CANCEL_REQUESTED", _("Cancellation requested"), "warning"),
        State("BREACHED", _("Breached"), "danger"),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
        State("SUPERSEDED", _("Superseded"), "muted", final=True),
    ),
    transitions=(
        _told("deliver", _("Deliver"), ("REQUESTED",), "DELIVERED", "delivered"),
        _told("acknowledge", _("Acknowledge"), ("REQUESTED", "DELIVERED", "EXPIRED"), "ACKNOWLEDGED", "acknowledged"),
        _told("part", _("Execute in part"), ("DELIVERED", "ACKNOWLEDGED", "EXPIRED"), "PARTIAL", "partly_executed"),
        _told(
            "execute", _("Execute"), ("DELIVERED", "ACKNOWLEDGED", "PARTIAL", "EXPIRED", "CANCEL_REQUESTED"), "EXECUTED",
            "executed",
        ),
        _told("reject", _("Reject"), ("DELIVERED", "ACKNOWLEDGED", "PARTIAL", "EXPIRED"), "REJECTED", "rejected"),
        _told("expire", _("Expire"), (*WAITS, "CANCEL_REQUESTED"), "EXPIRED", "expired"),
        _told("supersede", _("Supersede"), (*WAITS, "REJECTED", "EXPIRED"), "SUPERSEDED", "superseded"),
        _told("breach", _("Breach"), ("EXECUTED", "VERIFIED"), "BREACHED", "breached"),
        Transition(
            "confirm", _("Confirm by hand"), (*WAITS, "REJECTED", "EXPIRED", "BREACHED"), "EXECUTED", STAFF,
            "command.executed", reason=True,
        ),
        Transition("verify", _("Verify"), ("EXECUTED",), "VERIFIED", STAFF, "command.verified", (explained,)),
        Transition(
            "verify-read", _("Verify by read-back"), ("EXECUTED",), "VERIFIED", RELAY, "command.read_back", (explained,),
            by_system=True,
        ),
        _told("doubt", _("Take the verification back"), ("EXECUTED", "VERIFIED"), "EXECUTED", "report_differs"),
        Transition(
            "retry", _("Retry"), ("REJECTED", "EXPIRED", "BREACHED"), "REQUESTED", STAFF,
            "command.retried", (still_holds,),
        ),
        # A cancellation is a message of its own: what was fetched is cancelled only when the target says so.
        Transition(
            "request-cancel", _("Ask to cancel"), WAITS, "CANCEL_REQUESTED", STAFF, "command.cancel_requested",
            (asked_by_itself,), reason=True,
        ),
        _told("confirm-cancel", _("Confirm the cancellation"), ("CANCEL_REQUESTED",), "CANCELLED", "cancelled"),
        Transition(
            "cancel", _("Cancel"), ("REJECTED", "EXPIRED"), "CANCELLED", STAFF, "command.cancelled", reason=True
        ),
    ),
)  # fmt: skip
