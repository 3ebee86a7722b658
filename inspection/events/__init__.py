from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

from ..choices import LotVerdict, Severity
from . import certificates, conformance, controlcharts, doubt, msa
from .occasions import NOT_TRIGGERED, TRIGGER_CLOSED, TRIGGER_GONE, TRIGGERED, OccasionTold

__all__ = [
    "NOT_TRIGGERED",
    "TRIGGERED",
    "TRIGGER_CLOSED",
    "TRIGGER_GONE",
    "OccasionTold",
    "certificates",
    "conformance",
    "controlcharts",
    "doubt",
    "msa",
]


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
class CalibrationTold:
    """`result`: passed, adjusted or failed; `impact`: none or affected once it was judged; `uses`: how many were judged."""

    calibration: str
    gauge: str
    asset: str
    result: str
    is_out: bool
    impact: str
    uses: int


CALIBRATION_RECORDED = Event("calibration.recorded", _("Calibration of %(asset)s recorded."), CalibrationTold)
CALIBRATION_EDITED = Event("calibration.edited", _("Calibration of %(asset)s changed."), CalibrationTold)
CALIBRATION_APPROVED = Event("calibration.approved", _("Calibration of %(asset)s approved."), CalibrationTold)
CALIBRATION_JUDGED = Event(
    "calibration.judged", _("Impact of %(asset)s out of tolerance judged, over %(uses)s uses."), CalibrationTold
)
CALIBRATION_CANCELLED = Event("calibration.cancelled", _("Calibration of %(asset)s cancelled."), CalibrationTold)


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


SERIES_NAMED = Event("measurement.named", _("%(series)s is %(characteristic)s of %(part)s."), SeriesNamed)


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


@dataclass(frozen=True)
class InspectionTold:
    """`kind`: the type of inspection; `plan`, `edition`: what is inspected by."""

    number: str
    kind: str
    part: str
    lot: str
    quantity: str
    unit: str
    plan: str
    edition: int
    receipt: str = ""


@dataclass(frozen=True)
class Sampled:
    """What was determined from the plan, the lot size and the severity. `letter`: of the table, empty where none was used.
    `rule`: Ac and Re of each sample, or k and M, as they stand on the page."""

    number: str
    part: str
    severity: str
    scheme: str
    letter: str
    sample: int
    accept: int
    reject: int
    rule: str = ""


@dataclass(frozen=True)
class Skipped:
    number: str
    part: str
    supplier: str
    lot: str
    receipt: str


@dataclass(frozen=True)
class SkippingEnded:
    """`cause`: rejected, ncr, escape, revision, certificate or withdrawn. `note`: the number of the record, or a person's reason."""

    number: str
    part: str
    cause: str
    note: str


@dataclass(frozen=True)
class SecondDrawn:
    """`found`: in the first sample; `sample`: pieces of both samples together."""

    number: str
    part: str
    found: int
    sample: int


@dataclass(frozen=True)
class Read:
    """A batch of readings; `failed`: those among them that do not conform. `cells`: balloon/sample/attempt. `file`: SHA-256 of the
    file that they came from, empty for typed ones."""

    number: str
    count: int
    failed: int
    cells: list[str]
    file: str = ""


@dataclass(frozen=True)
class GaugeAllowed:
    number: str
    gauge: str
    asset: str


@dataclass(frozen=True)
class Judged:
    number: str
    part: str
    lot: str
    verdict: str
    found: int
    sample: int


@dataclass(frozen=True)
class UsageDecided:
    """`lines`: usage and quantity of each part of the lot. `ncr`: what was raised, empty for none. `hours`: arrival to decision."""

    number: str
    part: str
    lot: str
    verdict: str
    lines: list[dict[str, str]]
    unit: str
    ncr: str
    hours: str


@dataclass(frozen=True)
class PartReleased:
    """`tranche`: its number; `left`: what nobody has decided about yet."""

    number: str
    tranche: int
    quantity: str
    unit: str
    left: str


@dataclass(frozen=True)
class SamplingTurned:
    """`reasons`: codes of the switching rules; `before`, `after`: severity of the next lot; `characteristic`: one that switches by
    itself, as balloon and name."""

    number: str
    part: str
    supplier: str
    before: str
    after: str
    score: int
    reasons: list[str]
    characteristic: str = ""


SEVERITIES = (("before", Severity.choices), ("after", Severity.choices))
LOT_VERDICT = (("verdict", LotVerdict.choices),)
INSPECTION_CREATED = Event(
    "inspection.created", _("Inspection of %(quantity)s %(unit)s of %(part)s by %(plan)s created."), InspectionTold
)
INSPECTION_RELEASED = Event(
    "inspection.released", _("Released: %(severity)s, sample %(sample)s (%(rule)s)."), Sampled,
    words=(("severity", (("", "–"), *Severity.choices)),),
)  # fmt: skip
INSPECTION_READ = Event("inspection.recorded", _("%(count)s readings recorded, %(failed)s do not conform."), Read)
INSPECTION_SKIPPED = Event(
    "inspection.skipped", _("Skipped: %(part)s of %(supplier)s has earned that not every lot is inspected."), Skipped
)
SKIPPING_ENDED = Event("sampling.every_lot", _("Every lot of %(part)s is inspected again. %(note)s"), SkippingEnded)
INSPECTION_SECOND = Event(
    "inspection.second_sample",
    _(
        "The first sample does not decide (%(found)s do not conform): the second one is drawn, %(sample)s pieces in all."
    ),
    SecondDrawn,
)
INSPECTION_GAUGE_ALLOWED = Event(
    "inspection.gauge_allowed", _("Gauge %(asset)s allowed for this inspection by signature."), GaugeAllowed
)
INSPECTION_COMPLETED = Event(
    "inspection.completed", _("Results complete: %(found)s of %(sample)s do not conform, %(verdict)s."), Judged,
    words=LOT_VERDICT,
)  # fmt: skip
INSPECTION_RETURNED = Event(
    "inspection.taken_back", _("Results taken back; readings go on."), Judged, words=LOT_VERDICT
)
INSPECTION_DECIDED = Event("inspection.decided", _("Usage of the lot decided."), UsageDecided, words=LOT_VERDICT)
INSPECTION_PART_RELEASED = Event(
    "inspection.part_released",
    _("Tranche %(tranche)s: %(quantity)s %(unit)s released while the rest is inspected; %(left)s %(unit)s are left."),
    PartReleased,
)
INSPECTION_ASKED_AGAIN = Event(
    "inspection.posting_repeated", _("The ERP was asked anew for what had been cancelled."), InspectionTold
)
INSPECTION_POSTED = Event("inspection.posted", _("The ERP has posted what was decided."), InspectionTold)
INSPECTION_CANCELLED = Event("inspection.cancelled", _("Inspection cancelled."), InspectionTold)
SAMPLING_TURNED = Event(
    "sampling.switched", _("Sampling of %(part)s: %(before)s → %(after)s from the next lot on."), SamplingTurned,
    words=SEVERITIES,
)  # fmt: skip
SAMPLING_TURNED_APART = Event(
    "sampling.characteristic_switched",
    _("Sampling of characteristic %(characteristic)s of %(part)s: %(before)s → %(after)s from the next lot on."),
    SamplingTurned, words=SEVERITIES,
)  # fmt: skip
SAMPLING_STOPPED = Event(
    "sampling.discontinued", _("Sampling inspection of %(part)s is discontinued: the supplier has to act first."),
    SamplingTurned, words=SEVERITIES,
)  # fmt: skip
SAMPLING_AUTHORISED = Event(
    "sampling.authorised", _("Reduced inspection of %(part)s authorised from the next lot on."), SamplingTurned,
    words=SEVERITIES,
)  # fmt: skip
SAMPLING_IRREGULAR = Event(
    "sampling.irregular", _("Production of %(part)s became irregular."), SamplingTurned, words=SEVERITIES
)
SAMPLING_RESUMED = Event(
    "sampling.resumed", _("Sampling inspection of %(part)s goes on, tightened."), SamplingTurned, words=SEVERITIES
)
