"""The life of a system-of-record matrix, one line per transition (features.md row 97)."""

from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Matrix

EDIT, APPROVE = "mapping.edit", "mapping.approve"

MATRIX = Workflow(
    model=Matrix,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("APPROVED", _("Approved"), "info"),
        State("RETIRED", _("Retired"), "muted", final=True),
        State("ACTIVE", _("In use"), "success"),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("edit", _("Edit"), ("DRAFT",), "DRAFT", EDIT, "matrix.edited", form="masterdata:matrix-edit"),
        Transition("approve", _("Approve"), ("DRAFT",), "APPROVED", APPROVE, "matrix.approved", signature="approved"),
        Transition("return", _("Send back"), ("APPROVED",), "DRAFT", APPROVE, "matrix.returned", reason=True),
        Transition("activate", _("Put into use"), ("APPROVED",), "ACTIVE", APPROVE, "matrix.activated"),
        Transition("retire", _("Take out of use"), ("ACTIVE",), "RETIRED", APPROVE, "matrix.retired", reason=True),
        Transition(
            "supersede", _("Supersede"), ("ACTIVE",), "RETIRED", APPROVE, "matrix.superseded", by_system=True
        ),
        Transition(
            "cancel", _("Cancel"), ("DRAFT", "APPROVED"), "CANCELLED", EDIT, "matrix.cancelled", reason=True
        ),
    ),
)  # fmt: skip
