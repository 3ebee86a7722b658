from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class GaugeChanged:
    gauge: str
    asset: str


GAUGE_REGISTERED = Event("gauge.registered", _("Gauge %(asset)s registered."), GaugeChanged)
GAUGE_EDITED = Event("gauge.edited", _("Data of the gauge %(asset)s changed."), GaugeChanged)
GAUGE_TAKEN_OUT = Event("gauge.taken_out", _("Gauge %(asset)s taken out of service."), GaugeChanged)
GAUGE_RETURNED = Event("gauge.returned", _("Gauge %(asset)s returned to service."), GaugeChanged)
GAUGE_RETIRED = Event("gauge.retired", _("Gauge %(asset)s retired."), GaugeChanged)


@dataclass(frozen=True)
class MeasurementsRecorded:
    """A batch: `told` values, of which `kept` are new here. `outside`: new ones beyond the limits that came with them.
    `sha256`: of the kept rows, as the batch has it. `source`, `id`: the message."""

    site: str
    source: str
    id: str
    part: str
    characteristics: list[str]
    told: int
    kept: int
    doubtful: int
    rejected: int
    outside: int
    sha256: str


MEASUREMENTS_RECORDED = Event(
    "measurement.recorded",
    _("%(source)s told %(told)s values of %(part)s; %(kept)s were kept, %(outside)s lie outside their limits."),
    MeasurementsRecorded,
)


@dataclass(frozen=True)
class SeriesNamed:
    """What a measured characteristic means here; one of its values times `factor` stands in `unit`."""

    series: str
    part: str
    characteristic: str
    unit: str
    factor: str


SERIES_NAMED = Event(
    "measurement.named",
    _("%(series)s is %(characteristic)s of %(part)s."),
    SeriesNamed,
)


@dataclass(frozen=True)
class DayDropped:
    """`day` empty: values beside the days that are kept."""

    day: str
    count: int
    days_kept: int


DAY_DROPPED = Event(
    "measurement.dropped",
    _("%(count)s raw values of %(day)s were dropped; they are kept for %(days_kept)s days."),
    DayDropped,
)


@dataclass(frozen=True)
class EvidenceKept:
    """Values that stay with the record when the raw ones of their day are dropped."""

    number: str
    count: int
    source: str
    characteristic: str


EVIDENCE_KEPT = Event(
    "measurement.kept", _("%(count)s values of %(characteristic)s (%(source)s) kept as evidence."), EvidenceKept
)


@dataclass(frozen=True)
class TestReported:
    site: str
    source: str
    id: str
    verdict: str
    part: str
    serial: str
    lot: str
    order: str
    program: str
    codes: list[str]
    occurred_at: str


TEST_REPORTED = Event(
    "mes.test_reported",
    _("%(source)s reported the test %(program)s of %(part)s %(serial)s: %(verdict)s."),
    TestReported,
)


@dataclass(frozen=True)
class AlertTold:
    """`place`: the machine or work center. `is_news` false: something newer had been told before."""

    site: str
    source: str
    alert: str
    place: str
    code: str
    severity: str
    text: str
    at: str
    is_news: bool


ALERT_RAISED = Event("mes.alert_raised", _("%(place)s reports: %(text)s (%(code)s)."), AlertTold)
ALERT_CLEARED = Event("mes.alert_cleared", _("%(place)s no longer reports: %(text)s (%(code)s)."), AlertTold)


@dataclass(frozen=True)
class PlanChanged:
    """`sha256`: of the content, once it is released."""

    number: str
    part: str
    kind: str
    edition: int
    characteristics: int
    sha256: str


PLAN_DRAFTED = Event("inspection_plan.drafted", _("Plan of %(part)s drafted: edition %(edition)s."), PlanChanged)
PLAN_EDITED = Event("inspection_plan.edited", _("Head of the plan changed."), PlanChanged)
PLAN_CHARACTERISED = Event(
    "inspection_plan.characterised", _("The plan has %(characteristics)s characteristics now."), PlanChanged
)
PLAN_SUBMITTED = Event(
    "inspection_plan.submitted", _("Edition %(edition)s of %(part)s waits for release."), PlanChanged
)
PLAN_RETURNED = Event("inspection_plan.returned", _("Edition %(edition)s sent back to the draft."), PlanChanged)
PLAN_RELEASED = Event("inspection_plan.released", _("Edition %(edition)s of %(part)s released."), PlanChanged)
PLAN_SUPERSEDED = Event("inspection_plan.superseded", _("Edition %(edition)s gave way to a newer one."), PlanChanged)
PLAN_WITHDRAWN = Event("inspection_plan.withdrawn", _("Edition %(edition)s of %(part)s withdrawn."), PlanChanged)
PLAN_CANCELLED = Event(
    "inspection_plan.cancelled", _("Edition %(edition)s was given up before it was released."), PlanChanged
)
