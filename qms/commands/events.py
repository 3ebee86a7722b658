from dataclasses import dataclass

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


@dataclass(frozen=True)
class Moved:
    """`document`: the ERP's number; `problem`: its own words, where it refused."""

    reference: str
    kind: str
    record: str
    target: str
    document: str
    problem: str


KIND = (("kind", (("HOLD", _("Hold")), ("RELEASE", _("Release")), ("SCRAP", _("Scrap")))),)
REQUESTED = Event(
    "posting.requested", _("Posting %(reference)s (%(kind)s) requested from %(target)s."), Requested, words=KIND
)
SENT = Event("posting.sent", _("Posting %(reference)s was sent to %(target)s."), Moved)
POSTED = Event("posting.posted", _("%(target)s posted %(reference)s as document %(document)s."), Moved)
FAILED = Event("posting.failed", _("%(target)s refused %(reference)s: %(problem)s"), Moved)
RETRIED = Event("posting.retried", _("Posting %(reference)s is tried again."), Moved)
CANCELLED = Event("posting.cancelled", _("Posting %(reference)s was cancelled."), Moved)
