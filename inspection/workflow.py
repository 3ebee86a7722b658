"""The life of a gauge, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.workflow import State, Transition, Workflow

from .models import Gauge


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
