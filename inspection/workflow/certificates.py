"""The life of a certificate that came with a delivery, one line per transition."""

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from ..choices import ReadingVerdict
from ..models import Certificate
from . import DECIDE, RECORD


def has_file(certificate: Any) -> Any:
    return "" if certificate.files() else gettext("The certificate itself is missing: attach its file first.")


def conforms(certificate: Any) -> Any:
    if certificate.verdict in ("", ReadingVerdict.PASSED):
        return ""
    return gettext("A value of the certificate does not prove what the plan asks for: refuse the certificate.")


def holds(certificate: Any) -> Any:
    if not certificate.is_lapsed:
        return ""
    return gettext("It was valid until %(day)s: ask for a new one.") % {"day": certificate.valid_until.isoformat()}


CERTIFICATE = Workflow(
    model=Certificate,
    initial=("RECEIVED",),
    states=(
        State("RECEIVED", _("Received"), "info"),
        State("ACCEPTED", pgettext_lazy("certificate", "Accepted"), "success"),
        State("REFUSED", pgettext_lazy("certificate", "Refused"), "danger", final=True),
        State("WITHDRAWN", _("Withdrawn"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit", _("Edit"), ("RECEIVED",), "=", RECORD, "certificate.edited", reason=True,
            form="inspection:certificate-edit",
        ),
        Transition(
            "accept", _("Accept"), ("RECEIVED",), "ACCEPTED", DECIDE, "certificate.accepted",
            (has_file, conforms, holds), signature="approved",
        ),
        Transition(
            "refuse", pgettext_lazy("certificate", "Refuse"), ("RECEIVED",), "REFUSED", DECIDE, "certificate.refused",
            reason=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), ("ACCEPTED",), "WITHDRAWN", DECIDE, "certificate.withdrawn", reason=True
        ),
    ),
)  # fmt: skip
