"""Whether a record may close: where its kind asks for it, behind a signed review of its trail up to its last change."""

from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from qms.journal.models import Entry, Leaf
from qms.workflow import REGISTRY as WORKFLOWS

from ..models import ReviewRule, TrailReview
from .scope import period


def review_missing(record: Any) -> Any:
    """A guard: why not, or "". A review counts that looks at every kind of entry and covers the whole life of the record."""
    label = record._meta.label_lower
    if not ReviewRule.objects.filter(record_type=label, closure_needs_review=True).exists():
        return ""
    if any(_covers(review, record) for review in _signed(record)):
        return ""
    return _(
        "Its audit trail has to be reviewed first, up to its last change: plan an audit-trail review of %(number)s, all kinds"
        " of entries, and let somebody sign it who did not act on the record."
    ) % {"number": record.number}


def _signed(record: Any) -> list[TrailReview]:
    """Signed reviews that look at every kind of entry of this record; newest first."""
    label = record._meta.label_lower
    rows = TrailReview.objects.filter(state="REVIEWED", site_id=record.site_id, looks=[])
    named = Q(numbers__contains=[record.number]) | Q(numbers=[], record_types__contains=[label])
    return list(rows.filter(named | Q(numbers=[], record_types=[])).order_by("-pk"))


def _covers(review: TrailReview, record: Any) -> bool:
    """From its first entry to its last change."""
    mine = Q(object_type=record._meta.label_lower, object_key=str(record.pk))
    members: dict[str, list[str]] = getattr(record, "trail_members", dict)()
    for kind, keys in members.items():
        mine |= Q(object_type=kind, object_key__in=keys)
    rows = Entry.objects.filter(mine, kind="row")
    within = period(review)
    if not rows.exists() or (within and rows.exclude(within).exists()):
        return False
    last = rows.aggregate(last=Max("id"))["last"]
    place = Leaf.objects.filter(entry_id__in=rows.values("id")).aggregate(last=Max("leaf_index"))["last"]
    sealed = Leaf.objects.filter(entry_id=last).exists()
    return bool(sealed and place is not None and place < (review.trail_size or 0))


def kinds() -> list[str]:
    """Kinds of record one of whose steps asks `review_missing`: the rule has an effect on no other."""
    return sorted(
        workflow.model._meta.label_lower
        for workflow in WORKFLOWS.values()
        if any(review_missing in step.guards for step in workflow.transitions)
    )
