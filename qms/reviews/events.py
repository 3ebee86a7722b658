from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

from .choices import Fitness


@dataclass(frozen=True)
class TrailReviewed:
    """`entries`, `size`, `root`: what the review covers, once it has begun: that many entries, of the trail at that checkpoint."""

    review: str
    title: str
    entries: int
    exceptions: int
    size: int
    root: str


@dataclass(frozen=True)
class Marked:
    entry: int
    about: str
    why: str


@dataclass(frozen=True)
class RuleSet:
    kind: str
    closure: bool


@dataclass(frozen=True)
class RefusedReviewer:
    """`about`: the record that the person acted on; `act`: the event."""

    review: str
    about: str
    act: str


@dataclass(frozen=True)
class AccessReviewed:
    review: str
    title: str
    kept: int
    ended: int


@dataclass(frozen=True)
class IntervalSet:
    site: str
    months: int
    system_months: int = 12


@dataclass(frozen=True)
class SystemReviewed:
    """`since`, `until`: the days of the period; `report`: SHA-256 of what was counted, once the review has begun."""

    review: str
    title: str
    since: str
    until: str
    report: str
    verdict: str


@dataclass(frozen=True)
class ReportExported:
    review: str
    form: str
    sha256: str


VERDICTS = (("verdict", (*Fitness.choices, ("", _("none so far")))),)
ACCESS_PLANNED = Event("access_review.planned", _("Access review planned: %(title)s."), AccessReviewed)
ACCESS_STARTED = Event("access_review.started", _("Access review begun."), AccessReviewed)
ACCESS_DECIDED = Event("access_review.decided", _("Decided: kept %(kept)s, ended %(ended)s so far."), AccessReviewed)
ACCESS_SIGNED = Event("access_review.signed", _("Access reviewed: kept %(kept)s, ended %(ended)s."), AccessReviewed)
ACCESS_CANCELLED = Event("access_review.cancelled", _("Access review cancelled."), AccessReviewed)
INTERVAL_SET = Event(
    "access_review.interval_set", _("Access of %(site)s is reviewed every %(months)s months."), IntervalSet
)
TRAIL_PLANNED = Event("trail_review.planned", _("Audit-trail review planned: %(title)s."), TrailReviewed)
TRAIL_EDITED = Event("trail_review.edited", _("Plan of the review changed: %(title)s."), TrailReviewed)
TRAIL_STARTED = Event(
    "trail_review.started",
    _("Review begun: %(entries)s entries, of the trail at its size %(size)s."),
    TrailReviewed,
)
TRAIL_MARKED = Event("trail_review.marked", _("Exception at %(about)s: %(why)s"), Marked)
TRAIL_WITHDRAWN = Event("trail_review.withdrawn", _("Exception at %(about)s withdrawn."), Marked)
TRAIL_SIGNED = Event(
    "trail_review.signed", _("Reviewed: %(entries)s entries, exceptions: %(exceptions)s."), TrailReviewed
)
TRAIL_CANCELLED = Event("trail_review.cancelled", _("Audit-trail review cancelled."), TrailReviewed)
TRAIL_REFUSED = Event(
    "trail_review.refused", _("A reviewer was refused: they acted on %(about)s (%(act)s)."), RefusedReviewer
)
RULE_SET = Event("review_rule.set", _("Rule for the closure of records set."), RuleSet)
SYSTEM_PLANNED = Event(
    "system_review.planned", _("Periodic review planned: %(title)s."), SystemReviewed, words=VERDICTS
)
SYSTEM_STARTED = Event(
    "system_review.started", _("Periodic review begun: the report was made."), SystemReviewed, words=VERDICTS
)
SYSTEM_SIGNED = Event(
    "system_review.signed",
    _("System reviewed from %(since)s to %(until)s: %(verdict)s."),
    SystemReviewed,
    words=VERDICTS,
)
SYSTEM_CANCELLED = Event("system_review.cancelled", _("Periodic review cancelled."), SystemReviewed, words=VERDICTS)
SYSTEM_EXPORTED = Event("system_review.exported", _("Report taken along (%(form)s)."), ReportExported)
