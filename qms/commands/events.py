from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Requested:
    reference: str
    kind: str
    record: str
    target: str
    item: str
    lot: str
    quantity: str
    unit: str
    from_place: str
    to_place: str
    to_item: str = ""
    reverses: str = ""
    supplier: str = ""
    code: str = ""


@dataclass(frozen=True)
class Moved:
    """`document`: the ERP's number; `problem`: its own words, where it refused."""

    reference: str
    kind: str
    record: str
    target: str
    document: str
    problem: str


KINDS = (
    ("HOLD", _("Hold")),
    ("RELEASE", _("Release")),
    ("SCRAP", _("Scrap")),
    ("RETURN", _("Return to supplier")),
    ("REGRADE", _("Regrade")),
    ("REVERSAL", _("Reversal")),
    ("BLOCK", _("Block the supplier")),
    ("UNBLOCK", _("Lift the block of the supplier")),
    ("DECISION", _("Usage decision")),
    ("SHIP_BLOCK", _("Block the shipment")),
    ("SHIP_RELEASE", _("Release the shipment")),
)
KIND = (("kind", KINDS),)
REQUESTED = Event(
    "posting.requested", _("Posting %(reference)s (%(kind)s) requested from %(target)s."), Requested, words=KIND
)
SENT = Event("posting.sent", _("Posting %(reference)s was sent to %(target)s."), Moved)
POSTED = Event("posting.posted", _("%(target)s posted %(reference)s as document %(document)s."), Moved)
FAILED = Event("posting.failed", _("%(target)s refused %(reference)s: %(problem)s"), Moved)
RETRIED = Event("posting.retried", _("Posting %(reference)s is tried again."), Moved)
RESENT = Event("posting.resent", _("%(target)s no longer shows %(reference)s; it is sent again."), Moved)
CANCELLED = Event("posting.cancelled", _("Posting %(reference)s was cancelled."), Moved)
ACCEPTED = Event("posting.accepted", _("%(target)s accepted %(reference)s, document %(document)s."), Moved)
DOUBTED = Event(
    "posting.doubted", _("What %(target)s did with %(reference)s is open, a person decides: %(problem)s"), Moved
)
CANCEL_REQUESTED = Event("posting.cancel_requested", _("%(target)s is asked to cancel %(reference)s."), Moved)
CANCEL_REFUSED = Event(
    "posting.cancel_refused",
    _("%(reference)s was not cancelled: %(target)s had posted it as document %(document)s. Reverse it instead."),
    Moved,
)
SKIPPED = Event("posting.skipped", _("Posting %(reference)s is skipped by signature."), Moved)
RECORDED = Event(
    "posting.recorded", _("%(reference)s was posted in %(target)s by hand as document %(document)s."), Moved
)
RECONCILED = Event("posting.reconciled", _("%(target)s still shows %(reference)s as document %(document)s."), Moved)


@dataclass(frozen=True)
class CommandChanged:
    """`command`: its id outside; `problem`: the target's own words, or whom a missed deadline was told; `text`: what is to be done."""

    command: str
    kind: str
    record: str
    target: str
    state: str
    lot: str
    quantity: str
    unit: str
    problem: str
    text: str = ""
    valid_until: str = ""


ASK = (
    (
        "kind",
        (
            ("hold", _("Hold")),
            ("release", _("Release")),
            ("special_instruction", _("Special instruction")),
            ("inspect_sample", _("Inspect a sample")),
            ("sort", _("Sort")),
            ("quarantine", _("Quarantine")),
            ("stop_operation", _("Stop the operation")),
        ),
    ),
)


def _command(name: str, sentence: Any) -> Event:
    return Event(f"command.{name}", sentence, CommandChanged, words=ASK)


_command("requested", _("Asked of %(target)s: %(kind)s (%(record)s)."))
_command("delivered", _("%(target)s has received: %(kind)s (%(record)s)."))
_command("acknowledged", _("%(target)s acknowledged: %(kind)s (%(record)s)."))
_command("executed", _("%(target)s executed: %(kind)s (%(record)s)."))
_command("partly_executed", _("%(target)s executed in part: %(kind)s (%(record)s)."))
_command("verified", _("Verified at %(target)s: %(kind)s (%(record)s)."))
_command("read_back", _("Verified by automatic read-back at %(target)s: %(kind)s (%(record)s)."))
_command("reported", _("%(target)s reports of what %(record)s asked for: %(problem)s."))
_command("report_differs", _("Not verified: %(problem)s (%(kind)s, %(record)s)"))
_command("rejected", _("%(target)s rejected %(kind)s (%(record)s): %(problem)s"))
_command("overdue", _("%(target)s missed the deadline for %(kind)s (%(record)s); told: %(problem)s."))
_command("expired", _("%(target)s missed every deadline for %(kind)s (%(record)s). It does not count as done."))
_command("retried", _("Asked of %(target)s again: %(kind)s (%(record)s)."))
_command("cancel_requested", _("%(target)s is asked to cancel: %(kind)s (%(record)s)."))
_command("cancelled", _("Cancelled at %(target)s: %(kind)s (%(record)s)."))
_command("superseded", _("Gave way to a later command at %(target)s: %(kind)s (%(record)s)."))
_command("breached", _("Breach: lot %(lot)s was worked on at %(target)s while on hold. %(problem)s"))
