"""The ways of a rule and of a case, one line per transition (features.md row 18)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.lib.clock import now
from qms.workflow import State, Transition, Workflow

from .models import Case, Rule

EDIT, APPROVE, DECIDE, STOP, RESUME = (f"automation.{word}" for word in ("edit", "approve", "decide", "stop", "resume"))


def tried(rule: Any) -> Any:
    return "" if rule.tried else _("It was not tried over the past as it stands now. Try it first.")


def lasting(rule: Any) -> Any:
    return "" if rule.expires_on >= now().date() else _("The rule has expired on the day that it names.")


def approved_enough(rule: Any) -> Any:
    if rule.needs_two and rule.approved_too_by_id is None:
        return _("A hold without a person's hand needs a second approver.")
    return ""


def takes_two(rule: Any) -> Any:
    if not rule.needs_two:
        return _("One approval is enough for this rule.")
    return _("Two people have approved it.") if rule.approved_too_by_id else ""


RULE = Workflow(
    model=Rule,
    initial=("DRAFT",),
    states=(
        State("DRAFT", gettext_lazy("Draft"), "neutral"),
        State("APPROVED", gettext_lazy("Approved"), "info"),
        State("ACTIVE", gettext_lazy("In use"), "success"),
        State("RETIRED", gettext_lazy("Retired"), "muted", final=True),
        State("CANCELLED", gettext_lazy("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("edit", gettext_lazy("Edit"), ("DRAFT",), "DRAFT", EDIT, "rule.edited", form="automation:rule-edit"),
        Transition(
            "try", gettext_lazy("Try over the past"), ("DRAFT",), "=", EDIT, "rule.tried", form="automation:rule-try"
        ),
        Transition(
            "approve", gettext_lazy("Approve"), ("DRAFT",), "APPROVED", APPROVE, "rule.approved", (tried, lasting),
            signature="approved",
        ),
        Transition(
            "approve-too", gettext_lazy("Approve as second person"), ("APPROVED",), "=", APPROVE, "rule.approved_too",
            (takes_two,), signature="approved",
        ),
        Transition(
            "return", gettext_lazy("Send back"), ("APPROVED",), "DRAFT", APPROVE, "rule.returned", reason=True
        ),
        Transition(
            "activate", gettext_lazy("Put into use"), ("APPROVED",), "ACTIVE", APPROVE, "rule.activated",
            (approved_enough, lasting),
        ),
        Transition("retire", gettext_lazy("Take out of use"), ("ACTIVE",), "RETIRED", EDIT, "rule.retired", reason=True),
        Transition(
            "supersede", gettext_lazy("Supersede"), ("ACTIVE",), "RETIRED", APPROVE, "rule.superseded", by_system=True
        ),
        Transition("expire", gettext_lazy("Expire"), ("ACTIVE",), "RETIRED", APPROVE, "rule.expired", by_system=True),
        Transition(
            "cancel", gettext_lazy("Cancel"), ("DRAFT", "APPROVED"), "CANCELLED", EDIT, "rule.cancelled", reason=True
        ),
    ),
)  # fmt: skip

GATHERING = ("GATHERING",)
CASE = Workflow(
    model=Case,
    initial=("GATHERING",),
    states=(
        State("GATHERING", gettext_lazy("Gathering"), "neutral"),
        State("SHADOW", gettext_lazy("Shadow"), "muted"),
        State("SUGGESTED", gettext_lazy("Suggested"), "info"),
        State("WAITING", gettext_lazy("Needs approval"), "warning"),
        State("ACTED", gettext_lazy("Done"), "warning"),
        State("CONFIRMED", gettext_lazy("Confirmed"), "success", final=True),
        State("DISMISSED", gettext_lazy("Dismissed"), "muted", final=True),
        State("LAPSED", gettext_lazy("Lapsed"), "muted", final=True),
    ),
    transitions=(
        Transition("accept", gettext_lazy("Accept and do"), ("SUGGESTED",), "ACTED", DECIDE, "case.accepted"),
        Transition("approve", gettext_lazy("Approve and do"), ("WAITING",), "ACTED", APPROVE, "case.approved"),
        Transition(
            "confirm", gettext_lazy("Confirm"), ("SHADOW", "ACTED"), "CONFIRMED", DECIDE, "case.confirmed"
        ),
        Transition(
            "dismiss", gettext_lazy("Dismiss"), ("SHADOW", "SUGGESTED", "WAITING", "ACTED"), "DISMISSED", DECIDE,
            "case.dismissed", reason=True,
        ),
        Transition(
            "grow", gettext_lazy("Add hits"), ("GATHERING", "SHADOW", "SUGGESTED", "WAITING", "ACTED"), "=", DECIDE,
            "case.grew", by_system=True,
        ),
        Transition("shadow", gettext_lazy("Count only"), GATHERING, "SHADOW", DECIDE, "case.shadowed", by_system=True),
        Transition("suggest", gettext_lazy("Suggest"), GATHERING, "SUGGESTED", DECIDE, "case.suggested", by_system=True),
        Transition("wait", gettext_lazy("Ask for approval"), GATHERING, "WAITING", DECIDE, "case.waiting", by_system=True),
        Transition("act", gettext_lazy("Do"), GATHERING, "ACTED", DECIDE, "case.acted", by_system=True),
        Transition("lapse", gettext_lazy("Lapse"), GATHERING, "LAPSED", DECIDE, "case.lapsed", by_system=True),
    ),
)  # fmt: skip
