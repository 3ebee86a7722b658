"""The life of a mapping, one line per transition (integration-mes.md §0, features.md row 89)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.workflow import State, Transition, Workflow

from . import proving
from .models import DaySheet, Downtime, GoLive, Mapping
from .reconcile import gap

SHEETS = "day_sheet.sign"
EDITOR, APPROVER, OPERATOR = "mapping.edit", "mapping.approve", "interface.operate"


def proved(mapping: Any) -> Any:
    """Every test, run now by the program as it stands."""
    if not mapping.vectors:
        return _("There is no test yet: add at least one message with what must come of it.")
    failed = [verdict for verdict in proving.run(mapping) if not verdict.ok]
    if not failed:
        return ""
    return _("%(count)s of %(all)s tests fail, “%(name)s” first: %(why)s") % {
        "count": len(failed),
        "all": len(mapping.vectors),
        "name": failed[0].name,
        "why": failed[0].told,
    }


MAPPING = Workflow(
    model=Mapping,
    initial=("DRAFT",),
    states=(
        State("DRAFT", gettext_lazy("Draft"), "neutral"),
        State("TESTED", gettext_lazy("Tested"), "info"),
        State("APPROVED", gettext_lazy("Approved"), "info"),
        State("ACTIVE", gettext_lazy("Active"), "success"),
        State("RETIRED", gettext_lazy("Retired"), "muted"),
        State("CANCELLED", gettext_lazy("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit", gettext_lazy("Edit"), ("DRAFT", "TESTED"), "DRAFT", EDITOR, "mapping.edited",
            form="connectors:mapping-edit",
        ),
        Transition("test", gettext_lazy("Run the tests"), ("DRAFT",), "TESTED", EDITOR, "mapping.tested", (proved,)),
        Transition(
            "approve", gettext_lazy("Approve"), ("TESTED",), "APPROVED", APPROVER, "mapping.approved",
            signature="approved",
        ),
        Transition(
            "return", gettext_lazy("Send back"), ("TESTED", "APPROVED"), "DRAFT", APPROVER, "mapping.returned",
            reason=True,
        ),
        Transition(
            "activate", gettext_lazy("Activate"), ("APPROVED",), "ACTIVE", OPERATOR, "mapping.activated", (proved,)
        ),
        Transition("retire", gettext_lazy("Retire"), ("ACTIVE",), "RETIRED", OPERATOR, "mapping.retired", reason=True),
        Transition(
            "supersede", gettext_lazy("Supersede"), ("ACTIVE",), "RETIRED", OPERATOR, "mapping.superseded",
            by_system=True,
        ),
        Transition(
            "roll-back", gettext_lazy("Back to this edition"), ("RETIRED",), "ACTIVE", OPERATOR, "mapping.rolled_back",
            (proved,), reason=True,
        ),
        Transition(
            "cancel", gettext_lazy("Cancel"), ("DRAFT", "TESTED", "APPROVED"), "CANCELLED", EDITOR, "mapping.cancelled",
            reason=True,
        ),
    ),
)  # fmt: skip


def cared_for(sheet: Any) -> Any:
    """Nobody signs for a difference that nobody takes care of."""
    alone = [line["name"] or line["key"] for line in sheet.lines if not line["resolution"] and not line["assigned"]]
    if not alone:
        return ""
    return _("%(count)s open differences are assigned to nobody, %(name)s first: resolve them or assign them.") % {
        "count": len(alone),
        "name": alone[0],
    }


DAYSHEET = Workflow(
    model=DaySheet,
    initial=("DRAFT",),
    states=(
        State("DRAFT", gettext_lazy("Draft"), "neutral"),
        State("REVIEWED", gettext_lazy("Reviewed"), "success", final=True),
        State("CANCELLED", gettext_lazy("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "sign", gettext_lazy("Sign as reviewed"), ("DRAFT",), "REVIEWED", SHEETS, "day_sheet.signed", (cared_for,),
            signature="reviewed",
        ),
        Transition(
            "cancel", gettext_lazy("Cancel"), ("DRAFT",), "CANCELLED", SHEETS, "day_sheet.cancelled", reason=True
        ),
    ),
)  # fmt: skip


def compared(decision: Any) -> Any:
    """Nobody lets a flow go live of which nothing is known, or that our own program stumbles over."""
    if not decision.counts.get("seen"):
        return _("Nothing was compared: the flow has not been in shadow, or nothing was reconciled in the time.")
    if decision.counts.get("fault"):
        return _("%(count)s messages could not be computed: that is a defect of ours, mend it first.") % {
            "count": decision.counts["fault"]
        }
    return ""


PREPARER, RELEASER = "go_live.prepare", "go_live.sign"

GOLIVE = Workflow(
    model=GoLive,
    initial=("DRAFT",),
    states=(
        State("DRAFT", gettext_lazy("Draft"), "neutral"),
        State("LIVE", gettext_lazy("Went live"), "success", final=True),
        State("CANCELLED", gettext_lazy("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("count", gettext_lazy("Compare again"), ("DRAFT",), "DRAFT", PREPARER, "go_live.counted"),
        Transition(
            "approve", gettext_lazy("Release: go live"), ("DRAFT",), "LIVE", RELEASER, "go_live.signed", (compared,),
            signature="approved",
        ),
        Transition(
            "cancel", gettext_lazy("Cancel"), ("DRAFT",), "CANCELLED", PREPARER, "go_live.cancelled", reason=True
        ),
    ),
)  # fmt: skip


def settled(window: Any) -> Any:
    """Nobody signs for a gap that is still being counted."""
    if window.run and window.run.finished_at is None:
        return _("The reconciliation after the downtime has not come to its end yet.")
    told = gap.content(window)
    if told["left"]:
        return _("%(count)s postings still wait to leave: they have to be posted, or decided by a person.") % {
            "count": told["left"]
        }
    if told != window.report:
        return _("Something has changed since the report was counted: count again.")
    return ""


DOWNTIME_PLANNER, DOWNTIME_SIGNER = "downtime.plan", "downtime.sign"

DOWNTIME = Workflow(
    model=Downtime,
    initial=("PLANNED", "ACTIVE"),
    states=(
        State("PLANNED", gettext_lazy("Planned"), "info"),
        State("ACTIVE", gettext_lazy("Under way"), "warning"),
        State("ENDED", gettext_lazy("Over, to sign off"), "warning"),
        State("SIGNED", gettext_lazy("Signed off"), "success", final=True),
        State("CANCELLED", gettext_lazy("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "begin", gettext_lazy("Begin"), ("PLANNED",), "ACTIVE", DOWNTIME_PLANNER, "downtime.begun", by_system=True
        ),
        Transition(
            "extend", gettext_lazy("Change the end"), ("PLANNED", "ACTIVE"), "=", DOWNTIME_PLANNER, "downtime.extended",
            reason=True, form="connectors:downtime-extend",
        ),
        Transition(
            "end", gettext_lazy("End now"), ("ACTIVE",), "ENDED", DOWNTIME_PLANNER, "downtime.ended", reason=True
        ),
        Transition(
            "lapse", gettext_lazy("Time is over"), ("ACTIVE",), "ENDED", DOWNTIME_PLANNER, "downtime.lapsed",
            by_system=True,
        ),
        Transition("count", gettext_lazy("Count again"), ("ENDED",), "ENDED", DOWNTIME_SIGNER, "downtime.counted"),
        Transition(
            "renew", gettext_lazy("Counted again"), ("ENDED",), "ENDED", DOWNTIME_SIGNER, "downtime.renewed",
            by_system=True,
        ),
        Transition(
            "sign", gettext_lazy("Sign off the gap report"), ("ENDED",), "SIGNED", DOWNTIME_SIGNER, "downtime.signed",
            (settled,), signature="reviewed",
        ),
        Transition(
            "cancel", gettext_lazy("Cancel"), ("PLANNED",), "CANCELLED", DOWNTIME_PLANNER, "downtime.cancelled",
            reason=True,
        ),
    ),
)  # fmt: skip
