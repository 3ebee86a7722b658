from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.commands.events import ASK as ASK_WORDS
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


@dataclass(frozen=True)
class LineMoved:
    """A part of a disposition line, carried out or taken back; `quantity` in the record's unit."""

    number: str
    line: int
    kind: str
    quantity: str
    unit: str
    done: str


@dataclass(frozen=True)
class LineTold:
    """`reference`: the inspection, or the document that proves it."""

    number: str
    line: int
    kind: str
    loop: int
    result: str
    reference: str


@dataclass(frozen=True)
class PostingNamed:
    number: str
    posting: str
    document: str


@dataclass(frozen=True)
class Reopened:
    number: str
    edition: int
    round: int


@dataclass(frozen=True)
class CustomerApproved:
    number: str
    reference: str
    file: str


@dataclass(frozen=True)
class Instructed:
    """`kind`: what was asked of the shop floor; `targets`: the interfaces that were asked."""

    number: str
    kind: str
    text: str
    valid_until: str
    quantity: str
    unit: str
    targets: list[str] = field(default_factory=list)


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
INSTRUCTED = Event("ncr.instructed", _("Asked of the shop floor (%(kind)s): %(text)s"), Instructed, words=ASK_WORDS)
VOIDED = Event("ncr.voided", _("Declared void."), Nothing)

KINDS = (
    ("use_as_is", _("Use as is")),
    ("rework", _("Rework")),
    ("repair", _("Repair")),
    ("scrap", _("Scrap")),
    ("return_to_supplier", _("Return to supplier")),
    ("regrade", _("Regrade")),
)
RESULTS = (("passed", _("Passed")), ("failed", _("Failed")))
LINE_WORDS = (("kind", KINDS), ("result", RESULTS))
CUSTOMER_APPROVED = Event(
    "ncr.customer_approved", _("The customer approved: %(reference)s, %(file)s."), CustomerApproved
)
CARRIED_OUT = Event(
    "ncr.line_carried_out",
    _("Line %(line)s: %(quantity)s %(unit)s asked of the ERP (%(kind)s)."),
    LineMoved,
    words=LINE_WORDS,
)
PROGRESSED = Event(
    "ncr.line_progressed", _("Line %(line)s (%(kind)s): %(done)s %(unit)s done."), LineMoved, words=LINE_WORDS
)
TAKEN_BACK = Event(
    "ncr.line_taken_back",
    _("Line %(line)s (%(kind)s): %(quantity)s %(unit)s taken back, %(done)s %(unit)s done."),
    LineMoved,
    words=LINE_WORDS,
)
MARKED = Event(
    "ncr.scrap_marked", _("Line %(line)s: evidence of mutilation or marking recorded."), LineTold, words=LINE_WORDS
)
REWORKED = Event(
    "ncr.reworked",
    _("Line %(line)s (%(kind)s): work done, loop %(loop)s; it waits for its re-inspection."),
    LineTold,
    words=LINE_WORDS,
)
REINSPECTED = Event(
    "ncr.reinspected",
    _("Line %(line)s (%(kind)s): re-inspection of loop %(loop)s %(result)s, %(reference)s."),
    LineTold,
    words=LINE_WORDS,
)
POSTING_CANCEL_ASKED = Event("ncr.posting_cancel_requested", _("Cancellation of %(posting)s requested."), PostingNamed)
POSTING_REVERSED = Event(
    "ncr.posting_reversal_requested", _("Reversal of %(posting)s, document %(document)s, requested."), PostingNamed
)
POSTING_SKIPPED = Event("ncr.posting_skipped", _("%(posting)s skipped by signature."), PostingNamed)
POSTING_RECORDED = Event(
    "ncr.posting_recorded", _("%(posting)s recorded by signature as document %(document)s."), PostingNamed
)
RESUMED = Event("ncr.execution_resumed", _("Execution resumed: a posting is reversed."), Nothing)
REOPENED = Event("ncr.reopened", _("Reopened as edition %(edition)s."), Reopened)

HOLD = _("Hold %(hold)s on lot %(lot)s, %(quantity)s %(unit)s.")
HOLD_DRAFTED = Event("hold.drafted", HOLD, HoldChanged)
HOLD_REQUESTED = Event(
    "hold.requested", _("Hold %(hold)s requested on lot %(lot)s, %(quantity)s %(unit)s."), HoldChanged
)
HOLD_ACTIVATED = Event("hold.activated", _("Hold %(hold)s is active: the ERP has moved lot %(lot)s."), HoldChanged)
HOLD_RELEASE_REQUESTED = Event("hold.release_requested", _("Release of hold %(hold)s requested."), HoldChanged)
HOLD_RELEASED = Event("hold.released", _("Hold %(hold)s is released."), HoldChanged)
HOLD_KEPT = Event("hold.kept", _("Hold %(hold)s stays active: its release was cancelled."), HoldChanged)
HOLD_CANCELLED = Event("hold.cancelled", _("Hold %(hold)s was cancelled."), HoldChanged)


@dataclass(frozen=True)
class HistoryImported:
    """`at`: when it happened there, with offset, as the old system says; nobody here witnessed it."""

    source: str
    at: str
    person: str
    kind: str
    text: str


SAID = (
    (
        "kind",
        (
            ("comment", _("Comment")),
            ("state", _("Change of status")),
            ("decision", _("Decision")),
            ("action", _("Action")),
            ("other", _("Other")),
        ),
    ),
)
HISTORY_IMPORTED = Event(
    "ncr.history_imported",
    _("Imported, not witnessed by this system. %(kind)s of %(at)s by %(person)s: %(text)s"),
    HistoryImported,
    words=SAID,
)
HISTORY_WITHDRAWN = Event(
    "ncr.history_withdrawn",
    _("Withdrawn with its import: %(kind)s of %(at)s by %(person)s: %(text)s"),
    HistoryImported,
    words=SAID,
)


@dataclass(frozen=True)
class CodeChanged:
    code: str


CODE_CREATED = Event("defect_code.created", _("The defect code %(code)s was created."), CodeChanged)
CODE_RETIRED = Event("defect_code.retired", _("The defect code %(code)s was retired."), CodeChanged)


@dataclass(frozen=True)
class ProductionReported:
    """`kind`: started, completed, moved; `source` and `id`: of the MES's event."""

    site: str
    kind: str
    lot: str
    order: str
    part: str
    operation: str
    quantity: str
    unit: str
    occurred_at: str
    source: str
    id: str


@dataclass(frozen=True)
class BreachSuspected(ProductionReported):
    hold: str


PRODUCTION = (
    (
        "kind",
        (("started", _("Operation started")), ("completed", _("Operation completed")), ("moved", _("Material moved"))),
    ),
)
PRODUCTION_REPORTED = Event(
    "mes.production_reported",
    _("%(kind)s: lot %(lot)s, order %(order)s, operation %(operation)s."),
    ProductionReported,
    words=PRODUCTION,
)
BREACH_SUSPECTED = Event(
    "hold.breach_suspected",
    _("%(kind)s on held material at %(occurred_at)s: lot %(lot)s, order %(order)s. Check hold %(hold)s."),
    BreachSuspected,
    words=PRODUCTION,
)


@dataclass(frozen=True)
class TravelerTold:
    """A link to a record of another system."""

    number: str
    system: str
    record_type: str
    record_id: str
    url: str
    sha256: str
    problem: str


TRAVELER_LINKED = Event("ncr.traveler_linked", _("Linked to %(record_id)s in %(system)s."), TravelerTold)
TRAVELER_WITHDRAWN = Event("ncr.traveler_withdrawn", _("Link to %(record_id)s in %(system)s withdrawn."), TravelerTold)


@dataclass(frozen=True)
class WorkCenterFilled:
    number: str
    work_center: str


@dataclass(frozen=True)
class LotMatched:
    """`name`: as it was said before the ERP told of the lot."""

    number: str
    name: str
    lot: str


@dataclass(frozen=True)
class LotRefused:
    """`name`: what was said, and is no lot."""

    number: str
    name: str


LOT_REFUSED = Event("ncr.lot_refused", _("There is no lot %(name)s: the record names none now."), LotRefused)
LOT_MATCHED = Event("ncr.lot_matched", _("The provisional lot %(name)s is the lot %(lot)s of the ERP."), LotMatched)
WORK_CENTER_FILLED = Event(
    "ncr.work_center_filled",
    _("Work center %(work_center)s filled in: it is known now what the MES meant."),
    WorkCenterFilled,
)
TRAVELER_FROZEN = Event(
    "ncr.traveler_frozen", _("Frozen copy of %(record_id)s in %(system)s kept, SHA-256 %(sha256)s."), TravelerTold
)
TRAVELER_UNFROZEN = Event(
    "ncr.traveler_unfrozen", _("No frozen copy of %(record_id)s in %(system)s: %(problem)s"), TravelerTold
)
TRAVELER_ASKED = Event(
    "ncr.traveler_asked", _("A frozen copy of %(record_id)s in %(system)s was asked for again."), TravelerTold
)
TRAVELER_DEAD = Event(
    "ncr.traveler_dead", _("The link to %(record_id)s in %(system)s leads nowhere: %(problem)s"), TravelerTold
)
TRAVELER_BACK = Event(
    "ncr.traveler_back", _("The link to %(record_id)s in %(system)s leads there again."), TravelerTold
)
