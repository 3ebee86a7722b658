"""The life of a mapping, one line per transition (integration-mes.md §0, features.md row 89)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.workflow import State, Transition, Workflow

from . import proving
from .models import Mapping

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
