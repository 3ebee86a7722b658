"""The life of a supplier block, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import SupplierBlock

PROPOSE, SIGN = "supplier_block.propose", "supplier_block.sign"


def orders_wait(block: Any) -> Any:
    return "" if block.orders.filter(answer="").exists() else gettext("No order waits for an answer.")


SUPPLIER_BLOCK = Workflow(
    model=SupplierBlock,
    initial=("PROPOSED",),
    states=(
        State("PROPOSED", _("Proposed"), "info"),
        State("ACTIVE", _("In force"), "danger"),
        State("LIFT_PROPOSED", _("In force, lifting proposed"), "warning"),
        State("LIFTED", _("Lifted"), "muted", final=True),
        State("CANCELLED", _("Withdrawn"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "block", _("Block the supplier"), ("PROPOSED",), "ACTIVE", SIGN, "supplier_block.blocked",
            signature="approved",
        ),
        Transition(
            "ask-lift", _("Propose to lift it"), ("ACTIVE",), "LIFT_PROPOSED", PROPOSE, "supplier_block.lift_proposed",
            reason=True,
        ),
        Transition(
            "lift", _("Lift the block"), ("LIFT_PROPOSED",), "LIFTED", SIGN, "supplier_block.lifted",
            signature="approved",
        ),
        Transition(
            "keep", _("Keep it in force"), ("LIFT_PROPOSED",), "ACTIVE", SIGN, "supplier_block.kept", reason=True
        ),
        Transition(
            "answer", _("Say what became of an order"), ("ACTIVE", "LIFT_PROPOSED", "LIFTED"), "=", PROPOSE,
            "supplier_block.order_answered", (orders_wait,), form="suppliers:supplierblock-answer",
        ),
        Transition(
            "cancel", _("Withdraw"), ("PROPOSED",), "CANCELLED", PROPOSE, "supplier_block.cancelled", reason=True
        ),
    ),
)  # fmt: skip
