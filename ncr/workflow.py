"""The lifecycles of NCR (features.md row 2) and hold (row 14), one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Hold, Nonconformance

# Guards: each answers why not, or "". They read the record only, never a user.


def all_decided(ncr: Any) -> Any:
    if ncr.undecided_quantity:
        return gettext("%(quantity)s are undecided: split them over disposition lines first.") % {
            "quantity": ncr.undecided_shown
        }
    return ""


def approvals_complete(ncr: Any) -> Any:
    missing = ncr.missing_slots()
    return (
        gettext("Signatures are missing: %(slots)s.") % {"slots": ", ".join(str(s.label) for s in missing)}
        if missing
        else ""
    )


def contained(ncr: Any) -> Any:
    if ncr.containment in ("confirmed", "waived"):
        return ""
    return gettext("Containment is not confirmed: place a hold and wait for the ERP, or let it be waived by signature.")


def not_contained(ncr: Any) -> Any:
    return gettext("Containment is confirmed already.") if ncr.containment in ("confirmed", "waived") else ""


def all_posted(ncr: Any) -> Any:
    waiting = ncr.unposted()
    return gettext("The ERP has not posted: %(references)s.") % {"references": ", ".join(waiting)} if waiting else ""


def no_live_hold(ncr: Any) -> Any:
    live = ncr.live_holds()
    return gettext("Release or cancel the holds first: %(holds)s.") % {"holds": ", ".join(live)} if live else ""


def hold_posted(hold: Any) -> Any:
    return "" if hold.is_placed() else gettext("The ERP has not moved the lot yet.")


def hold_not_moved(hold: Any) -> Any:
    """A hold may be cancelled only while nothing was asked of the ERP, or the ERP refused for good."""
    return gettext("The ERP was asked to move the lot; release the hold instead.") if hold.is_under_way() else ""


NCR = Workflow(
    model=Nonconformance,
    initial=("DRAFT", "OPEN"),
    states=(
        State("DRAFT", _("Draft"), "muted"),
        State("OPEN", _("Open"), "danger"),
        State("CONTAINED", _("Contained"), "warning"),
        State("IN_REVIEW", _("In review"), "info"),
        State("IN_MRB", _("In MRB"), "info"),
        State("DISPOSITIONED", _("Dispositioned"), "info"),
        State("IN_EXECUTION", _("In execution"), "warning"),
        State("VERIFICATION", _("Verification"), "warning"),
        State("CLOSED", _("Closed"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
        State("VOID", _("Void"), "muted", final=True),
    ),
    transitions=(
        Transition("submit", _("Submit"), ("DRAFT",), "OPEN", "ncr.report", "ncr.submitted"),
        Transition(
            "start-review", _("Start review"), ("OPEN", "CONTAINED"), "IN_REVIEW", "ncr.review", "ncr.review_started"
        ),
        # Lines are proposed while the record stays in review; every proposal is a version.
        Transition(
            "disposition",
            _("Set disposition"),
            ("IN_REVIEW",),
            "IN_REVIEW",
            "ncr.propose",
            "ncr.disposition_proposed",
            form="ncr:disposition",
        ),
        Transition(
            "send-to-mrb", _("Send to MRB"), ("IN_REVIEW",), "IN_MRB", "ncr.propose", "ncr.sent_to_mrb", (all_decided,)
        ),
        Transition(
            "approve",
            _("Approve disposition"),
            ("IN_MRB",),
            "IN_MRB",
            "ncr.approve",
            "ncr.approved",
            signature="approved_mrb",
            counts=False,
            form="ncr:approve",
        ),
        Transition(
            "return", _("Return to review"), ("IN_MRB",), "IN_REVIEW", "ncr.approve", "ncr.returned", reason=True
        ),
        Transition(
            "conclude",
            _("Conclude"),
            ("IN_MRB",),
            "DISPOSITIONED",
            "ncr.approve",
            "ncr.dispositioned",
            (approvals_complete,),
            by_system=True,
        ),
        Transition(
            "execute",
            _("Execute"),
            ("DISPOSITIONED",),
            "IN_EXECUTION",
            "ncr.execute",
            "ncr.execution_started",
            (contained,),
        ),
        Transition(
            "complete",
            _("Complete"),
            ("IN_EXECUTION",),
            "VERIFICATION",
            "ncr.execute",
            "ncr.executed",
            (all_posted,),
            by_system=True,
        ),
        Transition(
            "close", _("Verify and close"), ("VERIFICATION",), "CLOSED", "ncr.close", "ncr.closed", signature="verified"
        ),
        Transition(
            "contain", _("Contain"), ("OPEN",), "CONTAINED", "ncr.review", "ncr.contained", (contained,), by_system=True
        ),
        Transition(
            "hold",
            _("Request hold"),
            ("OPEN", "CONTAINED", "IN_REVIEW", "IN_MRB", "DISPOSITIONED"),
            "=",
            "hold.request",
            "hold.requested",
            counts=False,
            form="ncr:hold",
        ),
        Transition(
            "waive",
            _("Waive containment"),
            ("OPEN", "IN_REVIEW", "IN_MRB", "DISPOSITIONED"),
            "=",
            "ncr.waive",
            "ncr.containment_waived",
            (not_contained,),
            signature="waived",
            reason=True,
        ),
        Transition(
            "edit",
            _("Edit"),
            ("DRAFT", "OPEN", "CONTAINED", "IN_REVIEW"),
            "=",
            "ncr.edit",
            "ncr.edited",
            reason=True,
            form="ncr:edit",
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "OPEN", "CONTAINED", "IN_REVIEW", "IN_MRB"),
            "CANCELLED",
            "ncr.cancel",
            "ncr.cancelled",
            (no_live_hold,),
            reason=True,
        ),
        Transition(
            "void",
            _("Declare void"),
            ("DISPOSITIONED", "VERIFICATION", "CLOSED"),
            "VOID",
            "ncr.void",
            "ncr.voided",
            (no_live_hold,),
            signature="voided",
            reason=True,
        ),
    ),
)

HOLD = Workflow(
    model=Hold,
    initial=("DRAFT", "REQUESTED"),
    states=(
        State("DRAFT", _("Draft"), "muted"),
        State("REQUESTED", _("Requested"), "info"),
        State("ACTIVE", _("Active"), "danger"),
        State("RELEASE_REQUESTED", _("Release requested"), "warning"),
        State("RELEASED", _("Released"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("request", _("Request"), ("DRAFT",), "REQUESTED", "hold.request", "hold.requested"),
        Transition(
            "activate",
            _("Activate"),
            ("REQUESTED",),
            "ACTIVE",
            "hold.request",
            "hold.activated",
            (hold_posted,),
            by_system=True,
        ),
        Transition(
            "request-release",
            _("Request release"),
            ("ACTIVE",),
            "RELEASE_REQUESTED",
            "hold.release",
            "hold.release_requested",
            reason=True,
        ),
        Transition(
            "release", _("Release"), ("RELEASE_REQUESTED",), "RELEASED", "hold.release", "hold.released", by_system=True
        ),
        Transition(
            "end",
            _("End by disposition"),
            ("ACTIVE",),
            "RELEASE_REQUESTED",
            "hold.release",
            "hold.release_requested",
            by_system=True,
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "REQUESTED"),
            "CANCELLED",
            "hold.request",
            "hold.cancelled",
            (hold_not_moved,),
            reason=True,
        ),
    ),
)
