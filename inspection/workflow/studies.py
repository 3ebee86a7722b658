"""The life of a study of a measurement system, one line per transition."""

from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from ..models import MsaStudy

MSASTUDY = Workflow(
    model=MsaStudy,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("APPROVED", _("Concluded"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit", _("Edit"), ("DRAFT",), "=", "gauge.manage", "msastudy.edited", reason=True,
            form="inspection:msastudy-edit",
        ),
        Transition(
            "approve", _("Conclude"), ("DRAFT",), "APPROVED", "gauge.approve", "msastudy.approved", reason=True,
            signature="approved", form="inspection:msastudy-conclude",
        ),
        Transition("cancel", _("Cancel"), ("DRAFT",), "CANCELLED", "gauge.manage", "msastudy.cancelled", reason=True),
    ),
)  # fmt: skip
