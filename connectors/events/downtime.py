"""Words of downtime windows."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class DowntimeTold:
    """`since`, `until`: instants; `missing`: expected and not heard; `buffered`: postings that waited, `left` of them still do."""

    number: str
    interface: str
    since: str
    until: str
    missing: int
    buffered: int
    left: int


PLANNED = Event("downtime.planned", _("Downtime of %(interface)s planned from %(since)s to %(until)s."), DowntimeTold)
DECLARED = Event("downtime.declared", _("Downtime of %(interface)s declared, until %(until)s."), DowntimeTold)
BEGUN = Event("downtime.begun", _("The downtime of %(interface)s has begun; until %(until)s."), DowntimeTold)
EXTENDED = Event("downtime.extended", _("The downtime of %(interface)s now ends at %(until)s."), DowntimeTold)
ENDED = Event("downtime.ended", _("The downtime of %(interface)s was ended at %(until)s."), DowntimeTold)
LAPSED = Event("downtime.lapsed", _("The time of the downtime of %(interface)s is over."), DowntimeTold)
COUNTED = Event(
    "downtime.counted",
    _("Gap report: %(missing)s missing, %(buffered)s buffered, %(left)s of them waiting."),
    DowntimeTold,
)
RENEWED = Event(
    "downtime.renewed",
    _("The gap report counted again: %(missing)s missing, %(buffered)s buffered, %(left)s of them waiting."),
    DowntimeTold,
)
SIGNED = Event("downtime.signed", _("The gap report of %(interface)s was signed off."), DowntimeTold)
CANCELLED = Event("downtime.cancelled", _("The downtime of %(interface)s was cancelled."), DowntimeTold)
