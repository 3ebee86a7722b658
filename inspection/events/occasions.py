"""What became of occasions of inspections."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

from ..choices import Occasion


@dataclass(frozen=True)
class OccasionTold:
    """`inspection`: what was begun, empty while it could not be; `problem` says why."""

    occasion: str
    subject: str
    part: str
    plan: str
    inspection: str
    problem: str
    tries: int


OCCASIONS = (("occasion", Occasion.choices),)
TRIGGERED = Event(
    "inspection.triggered", _("%(occasion)s: inspection %(inspection)s of %(subject)s begun."), OccasionTold,
    words=OCCASIONS,
)  # fmt: skip
NOT_TRIGGERED = Event(
    "inspection.not_triggered", _("%(subject)s could not be inspected: %(problem)s"), OccasionTold, words=OCCASIONS
)
TRIGGER_CLOSED = Event(
    "inspection.trigger_closed", _("%(subject)s is not inspected; closed with a reason."), OccasionTold, words=OCCASIONS
)
TRIGGER_GONE = Event(
    "inspection.trigger_gone", _("%(subject)s is no longer to be inspected."), OccasionTold, words=OCCASIONS
)
