"""The life of a calibration, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from ..models import Calibration


def within(calibration: Any) -> Any:
    if calibration.is_out:
        return gettext("A reading as found is out of tolerance: approve it together with its impact to be judged.")
    return ""


def out(calibration: Any) -> Any:
    return "" if calibration.is_out else gettext("Every reading as found is within tolerance: nothing is to be judged.")


def shipped(calibration: Any) -> Any:
    return "" if calibration.shipments() else gettext("No lot in doubt is known to have left.")


CALIBRATION = Workflow(
    model=Calibration,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("IMPACT", _("Impact to be judged"), "danger"),
        State("APPROVED", _("Approved"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit", _("Edit"), ("DRAFT",), "=", "gauge.manage", "calibration.edited", reason=True,
            form="inspection:calibration-edit",
        ),
        Transition(
            "approve", _("Approve"), ("DRAFT",), "APPROVED", "gauge.approve", "calibration.approved", (within,),
            signature="approved",
        ),
        Transition(
            "approve-out", _("Approve as out of tolerance"), ("DRAFT",), "IMPACT", "gauge.approve",
            "calibration.approved", (out,), signature="approved",
        ),
        Transition(
            "hold", _("Hold the lots in doubt"), ("IMPACT",), "=", "hold.request", "calibration.held", reason=True,
            form="inspection:calibration-hold",
        ),
        Transition(
            "notify", _("Record a notice to a customer"), ("IMPACT",), "=", "gauge.manage", "calibration.notified",
            (shipped,), form="inspection:calibration-notify",
        ),
        Transition(
            "judge", _("Judge the impact"), ("IMPACT",), "APPROVED", "gauge.approve", "calibration.judged",
            reason=True, signature="approved", form="inspection:calibration-judge",
        ),
        Transition(
            "cancel", _("Cancel"), ("DRAFT",), "CANCELLED", "gauge.manage", "calibration.cancelled", reason=True
        ),
    ),
)  # fmt: skip
