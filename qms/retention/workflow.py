"""The ways of a legal hold and of a disposal, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Disposal, LegalHold
from .obstacles import obstacles

HOLD_RIGHT, PROPOSE, APPROVE = "legal_hold.manage", "disposal.propose", "disposal.approve"


def nothing_stands_against(disposal: Any) -> Any:
    """Asked again at each signature: a hold may have been placed meanwhile."""
    found = obstacles(disposal)
    return gettext("Not to be disposed of: %(records)s") % {"records": " ".join(found)} if found else ""


LEGAL_HOLD = Workflow(
    model=LegalHold,
    initial=("STANDING",),
    states=(
        State("STANDING", _("Standing"), "warning"),
        State("LIFTED", _("Lifted"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "extend",
            _("Add records"),
            ("STANDING",),
            "=",
            HOLD_RIGHT,
            "legal_hold.extended",
            reason=True,
            form="retention:legalhold-extend",
        ),
        Transition("lift", _("Lift the hold"), ("STANDING",), "LIFTED", HOLD_RIGHT, "legal_hold.lifted", reason=True),
    ),
)

DISPOSAL = Workflow(
    model=Disposal,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "muted"),
        State("PROPOSED", _("Proposed"), "info"),
        State("DISPOSED", _("Disposed of"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "propose",
            _("Propose"),
            ("DRAFT",),
            "PROPOSED",
            PROPOSE,
            "disposal.proposed",
            (nothing_stands_against,),
            signature="disposal_proposed",
        ),
        Transition(
            "approve",
            _("Approve and dispose of"),
            ("PROPOSED",),
            "DISPOSED",
            APPROVE,
            "disposal.approved",
            (nothing_stands_against,),
            signature="disposal_approved",
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "PROPOSED"),
            "CANCELLED",
            PROPOSE,
            "disposal.cancelled",
            reason=True,
        ),
    ),
)
