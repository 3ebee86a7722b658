from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


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
