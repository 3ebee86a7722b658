"""What happens to control charts."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class ChartTold:
    """`version`: of the limits, 0 while there are none; `points`: that the limits are of."""

    chart: str
    part: str
    characteristic: str
    kind: str
    version: int
    points: int


OPENED = Event("controlchart.opened", _("Control chart of %(part)s %(characteristic)s opened."), ChartTold)
FROZEN = Event("controlchart.frozen", _("Limits frozen as version %(version)s."), ChartTold)
EDITED = Event("controlchart.edited", _("Control chart changed."), ChartTold)
TAKEN_OVER = Event("controlchart.taken_over", _("Control chart taken over."), ChartTold)
RETIRED = Event("controlchart.retired", _("Control chart retired."), ChartTold)


@dataclass(frozen=True)
class ChartGrew:
    """`sha256` of the new points as they were written, one a line."""

    chart: str
    points: int
    last: int
    sha256: str


GREW = Event("controlchart.grew", _("%(points)s points added to %(chart)s."), ChartGrew)


@dataclass(frozen=True)
class SignalTold:
    """`rule`: its code; `version`: of the limits that judged."""

    chart: str
    part: str
    characteristic: str
    point: int
    rule: str
    version: int


SIGNALLED = Event("controlchart.signalled", _("Point %(point)s of %(chart)s broke rule %(rule)s."), SignalTold)
ACKNOWLEDGED = Event("controlchart.signal_acknowledged", _("Signal at point %(point)s acknowledged."), SignalTold)
CLOSED = Event("controlchart.signal_closed", _("Signal at point %(point)s closed with its cause."), SignalTold)
