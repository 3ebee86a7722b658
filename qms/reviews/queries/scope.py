"""What a review of the trail covers: sealed entries of its site, period, records and kinds, as far as the reviewer may read them."""

import datetime
import hashlib
import json
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal import proofs
from qms.journal import queries as journal
from qms.journal.models import Entry, Leaf
from qms.journal.proofs import Checkpoint
from qms.office import queries as office
from qms.records.models import REGISTRY
from qms.workflow import REGISTRY as WORKFLOWS

from ..choices import Look
from ..models import TrailReview

NOTHING_DONE = ("access.refused", "record.read")
MOST = 50_000  # nobody reads more; a larger scope is parted
OWN = (
    "reviews.trailreview",
    "reviews.accessreview",
    "reviews.systemreview",
)  # what reviewers write themselves, work on which makes nobody partial
# Tables by which a plant is set up: a change of them is a change of the configuration.
CONFIGURATION = (
    *("accounts.site", "accounts.compartment", "accounts.container", "records.changereason", "ncr.defectcode"),
    *("connectors.interface", "connectors.mapping", "connectors.mappingversion", "connectors.webhook"),
    *("reviews.reviewrule", "reviews.accessrule", "records.retentionclass"),
)
GONE = {"VOID", "CANCELLED", "RETIRED"}


@dataclass(frozen=True)
class Covered:
    """Count and digest of the entries (their leaf hashes in their order), and the checkpoint that holds them all."""

    count: int
    digest: str
    size: int
    root: str


def offered(user: Any) -> list[tuple[str, Any]]:
    """Kinds of record to choose from."""
    return sorted(
        ((model._meta.label_lower, model._meta.verbose_name) for model in REGISTRY.values()),
        key=lambda kind: str(kind[1]),
    )


def entries(review: TrailReview, reader: Any, *, size: int | None = None) -> QuerySet[Entry]:
    """Sealed entries in scope, as far as the reader may see them. `size`: of the trail; as the review began, unless given."""
    upto = review.trail_size if size is None else size
    sealed = Leaf.objects.filter(entry_id=OuterRef("pk"), leaf_index__lt=upto or 0)
    found = office.entries(reader).filter(Exists(sealed)).filter(~_act(_own(review)))
    for condition in (_site(review), period(review), _records(review), looked_at(review.looks)):
        found = found.filter(condition)
    return found


def _act(condition: Q) -> Exists:
    """An entry whose act has a line that meets the condition: what a person did belongs together."""
    return Exists(Entry.objects.filter(condition, act_id=OuterRef("act_id")))


def _own(review: TrailReview) -> Q:
    return Q(object_type=review._meta.label_lower, object_key=str(review.pk))


def _site(review: TrailReview) -> Any:
    """Nothing of another site; accounts and settings belong to none."""
    return ~_act(Q(site__isnull=False) & ~Q(site=review.site_id))


def period(review: TrailReview) -> Q:
    """Whole days by the site's clock."""
    condition, zone = Q(), _zone(review.site)
    if review.from_date:
        condition &= Q(ts__gte=_midnight(review.from_date, zone))
    if review.to_date:
        condition &= Q(ts__lt=_midnight(review.to_date + datetime.timedelta(days=1), zone))
    return condition


def _zone(site: Site) -> Any:
    return zoneinfo.ZoneInfo(site.timezone)


def _midnight(day: datetime.date, zone: Any) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min), zone)


def _records(review: TrailReview) -> Any:
    if not (review.record_types or review.numbers):
        return Q()
    condition = Q(object_type__in=review.record_types)
    for label, keys in keys_of(review.numbers).items():
        condition |= Q(object_type=label, object_key__in=keys)
    return _act(condition)


def keys_of(numbers: Iterable[str]) -> dict[str, list[str]]:
    """Label → keys of the records with these numbers."""
    found: dict[str, list[str]] = {}
    for prefix, model in REGISTRY.items():
        mine = [number for number in numbers if number.startswith(f"{prefix}-")]
        manager: Any = model._base_manager
        if mine:
            keys = manager.filter(number__in=mine).values_list("pk", flat=True)
            found[model._meta.label_lower] = [str(pk) for pk in keys]
    return found


def looked_at(looks: Iterable[str]) -> Any:
    """Any of the kinds; every entry where none is named."""
    condition = Q()
    for look in looks:
        condition |= LOOKS[Look(look)]()
    return condition


def _no_reason() -> Q:
    """An act of a person or a system that changed a record which stood before, and says no why."""
    changed = Entry.objects.filter(kind="row", event__endswith=".update", object_type__in=_labels())
    return Q(kind="act", payload__contains=',"reason":"",') & Q(Exists(changed.filter(act_id=OuterRef("act_id"))))


def _after_signature() -> Q:
    signed = Entry.objects.filter(
        event="signature.made",
        object_type=OuterRef("object_type"),
        object_key=OuterRef("object_key"),
        id__lt=OuterRef("id"),
    ).exclude(act_id=OuterRef("act_id"))
    return Q(kind="row", event__endswith=".update", object_type__in=_labels()) & Q(Exists(signed))


def _failed_signing() -> Q:
    return Q(event__in=("signature.refused", "account.lock_alarm", "account.locked_out", "account.login_failed"))


def _correction() -> Q:
    return Q(kind="act", event__in=_events(lambda step: step.caused))


def _bulk() -> Q:
    others = Entry.objects.filter(kind="act", act_id=OuterRef("act_id"), event=OuterRef("event"))
    several = others.filter(object_type=OuterRef("object_type")).exclude(object_key=OuterRef("object_key"))
    return Q(kind="act") & (Q(event__startswith="import.") | Q(Exists(several)))


def _removal() -> Q:
    return Q(event__in=_events(lambda step: step.target in GONE)) | Q(kind="row", event__endswith=".delete")


def _access() -> Q:
    return Q(kind="act", object_type__startswith="accounts.") & ~Q(object_type="accounts.site")


def _configuration() -> Q:
    return Q(object_type__in=CONFIGURATION)


LOOKS = {
    Look.NO_REASON: _no_reason,
    Look.AFTER_SIGNATURE: _after_signature,
    Look.FAILED_SIGNING: _failed_signing,
    Look.CORRECTION: _correction,
    Look.BULK: _bulk,
    Look.REMOVAL: _removal,
    Look.ACCESS: _access,
    Look.CONFIGURATION: _configuration,
}


def _labels() -> list[str]:
    return [model._meta.label_lower for model in REGISTRY.values()]


def _events(fits: Any) -> set[str]:
    return {step.event for workflow in WORKFLOWS.values() for step in workflow.transitions if fits(step)}


def covered(review: TrailReview, reader: Any) -> Covered:
    """What the review would cover if it began now: everything that is sealed."""
    checkpoint = proofs.newest() or Checkpoint(0, b"", "", timezone.now())
    digest, count = hashlib.sha256(), 0
    rows = entries(review, reader, size=checkpoint.size).order_by("id").values_list("leaf", flat=True)
    for leaf in rows[: MOST + 1]:
        digest.update(bytes(leaf))
        count += 1
    return Covered(count, digest.hexdigest(), checkpoint.size, checkpoint.root.hex())


def subjects(review: TrailReview, reader: Any, *, size: int) -> QuerySet[Entry]:
    """Every act ever done on a record that the scope speaks of; who only read it or was refused has done nothing to it."""
    labels = [label for label in _labels() if label not in OWN]
    spoken = entries(review, reader, size=size).filter(object_type__in=labels).order_by()
    keys: dict[str, set[str]] = {}
    for label, key in spoken.values_list("object_type", "object_key").distinct():
        keys.setdefault(label, set()).add(key)
    condition = Q(pk__in=[])
    for label, found in keys.items():
        condition |= Q(object_type=label, object_key__in=sorted(found))
    return Entry.objects.filter(condition, kind="act").exclude(event__in=NOTHING_DONE)


def people(review: TrailReview, reader: Any, *, size: int) -> list[int]:
    """Keys of everybody who acted on a record in scope, parts of the system left out."""
    found = subjects(review, reader, size=size).order_by().values_list("actor_id", flat=True).distinct()
    return sorted(int(actor) for actor in found if actor.isdigit())


def acted(review: TrailReview, user: Any) -> Entry | None:
    """The person's first act on a record in scope: whoever has one does not review it."""
    size = review.trail_size or 0 if review.started_at else sealed_size()
    return subjects(review, user, size=size).filter(actor_id=str(user.pk)).order_by("id").first() if size else None


def refuses_step(review: TrailReview, transition: Any, user: Any) -> Any:
    """Who acted on a record does not review its trail, and one person reads all of it."""
    if transition.name == "start":
        return partial(acted(review, user))
    if transition.name in ("mark", "withdraw", "sign") and review.reviewer_id != user.pk:
        return _("%(person)s reviews this; another person would have to begin a review of their own.") % {
            "person": review.reviewer
        }
    return ""


def partial(entry: Entry | None) -> Any:
    """Names the record and the act that make a reviewer partial; "" when there is none."""
    if entry is None:
        return ""
    said = json.loads(entry.payload)
    return _("You acted on %(number)s yourself: “%(act)s” Another person reviews it.") % {
        "number": said["label"],
        "act": journal.sentence(entry.event, said["data"]),
    }


def record_of(number: str, reader: Any) -> Any:
    """The record whose trail the person may read, which asks no right to the record's own page; None."""
    model: Any = REGISTRY.get(number.split("-")[0].upper())
    if model is None:
        return None
    return access.visible_to(model._base_manager.all(), reader, office.TRAIL).filter(number=number.upper()).first()


def name_of(entry: Entry) -> str:
    """What the entry is about, as the trail named it."""
    said = json.loads(entry.payload)
    row = said.get("new") or said.get("old") or {}
    return str(said.get("label") or row.get("number") or f"{entry.object_type} {entry.object_key}")


def sealed_size() -> int:
    newest = proofs.newest()
    return newest.size if newest else 0
