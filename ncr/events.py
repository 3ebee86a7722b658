from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.journal import Event, Nothing


@dataclass(frozen=True)
class Reported:
    number: str
    part: str
    lot: str
    order: str
    defect: str
    severity: str
    quantity: str
    unit: str
    origin: str


@dataclass(frozen=True)
class Proposed:
    """`lines`: [{line, kind, quantity, unit}]."""

    number: str
    undecided: str
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Approved:
    number: str
    slot: str
    round: int


@dataclass(frozen=True)
class HoldChanged:
    hold: str
    ncr: str
    lot: str
    quantity: str
    unit: str


SENTENCE = _("Reported: %(defect)s, %(quantity)s %(unit)s of %(part)s, lot %(lot)s.")
DRAFTED = Event("ncr.drafted", SENTENCE, Reported)
REPORTED = Event("ncr.reported", SENTENCE, Reported)
SUBMITTED = Event("ncr.submitted", _("Submitted."), Nothing)
EDITED = Event("ncr.edited", _("Description changed."), Nothing)
CONTAINED = Event("ncr.contained", _("Contained: every hold is confirmed."), Nothing)
REVIEWED = Event("ncr.review_started", _("Review started."), Nothing)
PROPOSED = Event("ncr.disposition_proposed", _("Disposition lines set; %(undecided)s undecided."), Proposed)
SENT_TO_MRB = Event("ncr.sent_to_mrb", _("Sent to the MRB."), Proposed)
RETURNED = Event("ncr.returned", _("Returned to review."), Nothing)
SLOTS = (("slot", (("mrb", _("MRB member")), ("design", _("Design authority")))),)
APPROVED = Event("ncr.approved", _("Approved (%(slot)s, round %(round)s)."), Approved, words=SLOTS)
DISPOSITIONED = Event("ncr.dispositioned", _("Dispositioned: every required signature is given."), Proposed)
WAIVED = Event("ncr.containment_waived", _("Containment waived."), Nothing)
EXECUTION_STARTED = Event("ncr.execution_started", _("Execution started: postings requested from the ERP."), Nothing)
EXECUTED = Event("ncr.executed", _("Executed: the ERP has posted everything."), Nothing)
CLOSED = Event("ncr.closed", _("Verified and closed."), Nothing)
CANCELLED = Event("ncr.cancelled", _("Cancelled."), Nothing)
VOIDED = Event("ncr.voided", _("Declared void."), Nothing)

HOLD = _("Hold %(hold)s on lot %(lot)s, %(quantity)s %(unit)s.")
HOLD_DRAFTED = Event("hold.drafted", HOLD, HoldChanged)
HOLD_REQUESTED = Event(
    "hold.requested", _("Hold %(hold)s requested on lot %(lot)s, %(quantity)s %(unit)s."), HoldChanged
)
HOLD_ACTIVATED = Event("hold.activated", _("Hold %(hold)s is active: the ERP has moved lot %(lot)s."), HoldChanged)
HOLD_RELEASE_REQUESTED = Event("hold.release_requested", _("Release of hold %(hold)s requested."), HoldChanged)
HOLD_RELEASED = Event("hold.released", _("Hold %(hold)s is released."), HoldChanged)
HOLD_CANCELLED = Event("hold.cancelled", _("Hold %(hold)s was cancelled."), HoldChanged)


@dataclass(frozen=True)
class CodeChanged:
    code: str


CODE_CREATED = Event("defect_code.created", _("The defect code %(code)s was created."), CodeChanged)
CODE_RETIRED = Event("defect_code.retired", _("The defect code %(code)s was retired."), CodeChanged)
