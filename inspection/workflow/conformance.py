"""The life of our own certificate of conformance, one line per transition."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qms.lib.quantity import show
from qms.workflow import State, Transition, Workflow

from ..models import Conformance
from . import DECIDE, RECORD


def is_released(row: Any) -> Any:
    if row.quantity <= (left := row.left()):
        return ""
    return gettext("%(left)s %(unit)s of this inspection are released and not certified yet; the certificate says %(quantity)s.") % {
        "left": show(max(left, Decimal())), "quantity": show(row.quantity), "unit": row.unit,
    }  # fmt: skip


def is_current(row: Any) -> Any:
    if row.fresh() == row.content:
        return ""
    return gettext("What it takes from the inspection has changed since: open it under “Edit”, read it again and save.")


def is_newest(row: Any) -> Any:
    if not row.inspection.is_outdated:
        return ""
    return gettext("The shipment was changed since; a newer inspection decides about it.")


CONFORMANCE = Workflow(
    model=Conformance,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("ISSUED", pgettext_lazy("certificate", "Issued"), "success", final=True),
        State("WITHDRAWN", _("Withdrawn"), "muted", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit", _("Edit"), ("DRAFT",), "=", RECORD, "conformance.edited", form="inspection:conformance-edit"
        ),
        Transition(
            "issue", pgettext_lazy("certificate", "Issue"), ("DRAFT",), "ISSUED", DECIDE, "conformance.issued",
            (is_released, is_newest, is_current), signature="approved",
        ),
        Transition(
            "withdraw", _("Withdraw"), ("ISSUED",), "WITHDRAWN", DECIDE, "conformance.withdrawn", reason=True
        ),
        Transition("cancel", _("Cancel"), ("DRAFT",), "CANCELLED", RECORD, "conformance.cancelled", reason=True),
    ),
)  # fmt: skip
