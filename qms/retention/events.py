from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Held:
    hold: str
    records: int


@dataclass(frozen=True)
class Disposing:
    disposal: str
    records: int


@dataclass(frozen=True)
class DisposedOf:
    disposal: str
    kept_until: str


@dataclass(frozen=True)
class DisposalRefused:
    number: str
    why: str


HOLD_PLACED = Event("legal_hold.placed", _("Legal hold placed on records: %(records)s."), Held)
HOLD_EXTENDED = Event("legal_hold.extended", _("Legal hold extended; records: %(records)s."), Held)
HOLD_LIFTED = Event("legal_hold.lifted", _("Legal hold lifted; records: %(records)s."), Held)
DISPOSAL_DRAFTED = Event("disposal.drafted", _("Disposal prepared for records: %(records)s."), Disposing)
DISPOSAL_PROPOSED = Event("disposal.proposed", _("Disposal proposed for records: %(records)s."), Disposing)
DISPOSAL_APPROVED = Event("disposal.approved", _("Disposal approved; records disposed of: %(records)s."), Disposing)
DISPOSAL_CANCELLED = Event("disposal.cancelled", _("Disposal cancelled."), Disposing)
DISPOSAL_REFUSED = Event("disposal.refused", _("The disposal of %(number)s was refused: %(why)s"), DisposalRefused)
RECORD_DISPOSED = Event(
    "record.disposed", _("Disposed of (%(disposal)s); it was kept until %(kept_until)s."), DisposedOf
)
