"""The lives of a gauge and of an inspection plan, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.workflow import State, Transition, Workflow

from .models import Gauge, InspectionPlan

EDIT_PLAN, RELEASE_PLAN = "inspection_plan.edit", "inspection_plan.release"


def calibrated(gauge: Any) -> Any:
    if gauge.is_calibrated(on=now().date()):
        return ""
    return gettext("The calibration is overdue or was never recorded: enter the new calibration under “Edit” first.")


GAUGE = Workflow(
    model=Gauge,
    initial=("IN_USE", "OUT_OF_SERVICE"),
    states=(
        State("IN_USE", _("In use"), "success"),
        State("OUT_OF_SERVICE", _("Out of service"), "warning"),
        State("RETIRED", _("Retired"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit",
            _("Edit"),
            ("IN_USE", "OUT_OF_SERVICE"),
            "=",
            "gauge.manage",
            "gauge.edited",
            reason=True,
            caused=True,
            form="inspection:gauge-edit",
        ),
        Transition(
            "take-out",
            _("Take out of service"),
            ("IN_USE",),
            "OUT_OF_SERVICE",
            "gauge.manage",
            "gauge.taken_out",
            reason=True,
        ),
        Transition(
            "return",
            _("Return to service"),
            ("OUT_OF_SERVICE",),
            "IN_USE",
            "gauge.manage",
            "gauge.returned",
            (calibrated,),
            reason=True,
        ),
        Transition(
            "retire",
            _("Retire"),
            ("IN_USE", "OUT_OF_SERVICE"),
            "RETIRED",
            "gauge.manage",
            "gauge.retired",
            reason=True,
        ),
    ),
)


def characterised(plan: Any) -> Any:
    if plan.characteristics.exists():
        return ""
    return gettext("The plan has no characteristics: say first what is to be inspected.")


PLAN = Workflow(
    model=InspectionPlan,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("IN_REVIEW", _("In review"), "info"),
        State("RELEASED", _("Released"), "success"),
        State("SUPERSEDED", _("Superseded"), "muted", final=True),
        State("WITHDRAWN", _("Withdrawn"), "muted", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "submit", _("Submit for release"), ("DRAFT",), "IN_REVIEW", EDIT_PLAN, "inspection_plan.submitted",
            (characterised,),
        ),
        Transition(
            "characterise", _("Edit characteristics"), ("DRAFT",), "=", EDIT_PLAN, "inspection_plan.characterised",
            form="inspection:inspectionplan-characterise",
        ),
        Transition(
            "edit", _("Edit head"), ("DRAFT",), "=", EDIT_PLAN, "inspection_plan.edited",
            form="inspection:inspectionplan-edit",
        ),
        Transition(
            "release", _("Release"), ("IN_REVIEW",), "RELEASED", RELEASE_PLAN, "inspection_plan.released",
            (characterised,), signature="approved",
        ),
        Transition(
            "return", _("Send back"), ("IN_REVIEW",), "DRAFT", RELEASE_PLAN, "inspection_plan.returned", reason=True
        ),
        Transition(
            "supersede", _("Supersede"), ("RELEASED",), "SUPERSEDED", RELEASE_PLAN, "inspection_plan.superseded",
            by_system=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), ("RELEASED",), "WITHDRAWN", RELEASE_PLAN, "inspection_plan.withdrawn",
            reason=True,
        ),
        Transition(
            "cancel", _("Cancel"), ("DRAFT", "IN_REVIEW"), "CANCELLED", EDIT_PLAN, "inspection_plan.cancelled",
            reason=True,
        ),
    ),
)  # fmt: skip
