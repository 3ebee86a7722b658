"""The report of a periodic review: counted from the trail and from the versions of records, so that it can be made again the same.

Records in export compartments are left out of every figure: whoever reads the report may not know of them.
"""

import datetime
import json
import zoneinfo
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Grant
from qms.commands.models import Command, Posting
from qms.journal.models import Entry
from qms.lib import canonical
from qms.records.models import REGISTRY

from ..models import AccessReview, SystemReview, TrailReview

SCHEMA, MOST = 1, 50  # so many numbers of open records are named; the count is of all


@dataclass(frozen=True)
class Section:
    """`events`: names, or beginnings of names that end with a dot."""

    name: str
    title: Any
    events: tuple[str, ...]

    def holds(self, event: str) -> bool:
        return any(event == name or (name.endswith(".") and event.startswith(name)) for name in self.events)


SECTIONS = (
    Section(
        "changes",
        _("Changes of the configuration"),
        (
            *("system.", "mapping.", "rule.", "interface.connected", "interface.configured", "interface.switched"),
            *("interface.mastered", "webhook.", "retention.", "review_rule.", "access_review.interval_set"),
            *("signature.rule_set", "reason.", "defect_code.", "calendar.", "site.", "compartment.created"),
            *("compartment.retired", "provider.created", "provider.changed", "provider.retired", "trail.nightly_set"),
            *("secrets.", "flow.expected", "flow.forgotten", "import.applied", "import.rolled_back"),
        ),
    ),
    Section(
        "incidents",
        _("Incidents and refused attempts"),
        (
            *("account.locked_out", "account.lock_alarm", "account.login_failed", "access.refused"),
            *("signature.refused", "record.delete_refused", "record.file_refused", "trail.alarmed"),
            *("trail.not_verified", "trail_review.refused", "provider.alarm", "provider.turned_away"),
            *("daemon.silent", "disposal.refused"),
        ),
    ),
    Section(
        "access",
        _("Access given and ended"),
        (
            *("account.created", "account.deactivated", "account.reactivated", "account.granted"),
            *("account.grant_ended", "account.access_ended", "account.password_set", "account.bound"),
            *("account.unbound", "account.password_off", "token.", "badge.", "compartment.granted"),
            *("compartment.removed", "qualification."),
        ),
    ),
    Section("backups", _("Backups and restores"), ("backup.",)),
    Section(
        "reviews",
        _("Reviews and verifications"),
        ("trail_review.signed", "trail_review.marked", "access_review.signed", "trail.verified", "day_sheet.signed"),
    ),
    Section(
        "interfaces",
        _("Failed interfaces"),
        (
            *("interface.silent", "interface.alarmed", "interface.discarded", "flow.silent", "posting.failed"),
            *("posting.doubted", "posting.skipped", "message.skipped", "webhook.stopped", "automation.stopped"),
        ),
    ),
    Section("signatures", _("Signatures"), ("signature.made", "signature.withdrawn", "signature.agreed")),
    Section(
        "records",
        _("Records voided, reopened, disposed of"),
        ("ncr.voided", "ncr.reopened", "legal_hold.", "disposal.approved", "record.disposed", "record.enclosed"),
    ),
)


def made(review: SystemReview, until: datetime.datetime) -> str:
    """The report as it is kept and signed: canonical JSON."""
    return canonical.dumps(report(review, until))


def report(review: SystemReview, until: datetime.datetime) -> dict[str, Any]:
    first, last = period(review, until)
    counted = {line["event"]: line for line in acts(review, first, last)}
    return {
        "access": roles(review, last),
        "from": canonical.instant(first),
        "kinds": [kind(model, review, first, last) for _prefix, model in sorted(REGISTRY.items())],
        "reviews": reviews(review, first, last),
        "schema": SCHEMA,
        "sections": [
            {"lines": [counted[name] for name in sorted(counted) if section.holds(name)], "name": section.name}
            for section in SECTIONS
        ],
        "site": "*" if review.every_site else review.site.code,
        "until": canonical.instant(last),
    }


def period(review: SystemReview, until: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
    """Whole days by the site's clock; of the last one as much as is over."""
    zone = zoneinfo.ZoneInfo(review.site.timezone)
    ends = [
        timezone.make_aware(datetime.datetime.combine(day, datetime.time.min), zone)
        for day in (review.from_date, review.to_date + datetime.timedelta(days=1))
    ]
    return ends[0], min(ends[1], until)


def acts(review: SystemReview, first: datetime.datetime, last: datetime.datetime) -> list[dict[str, Any]]:
    found = Entry.objects.filter(kind="act", ts__gte=first, ts__lt=last).exclude(enclosed())
    if not review.every_site:
        found = found.filter(Q(site=None) | Q(site=review.site_id))
    rows = found.order_by().values("event").annotate(count=Count("pk"), last=Max("ts"))
    return [{"count": row["count"], "event": row["event"], "last": canonical.instant(row["last"])} for row in rows]


def enclosed() -> Q:
    """Entries of records in a compartment, of what was asked for them elsewhere, and of signings that name them."""
    condition = Q(pk__in=[])
    for model in REGISTRY.values():
        manager: Any = model._base_manager
        keys = (
            manager.filter(compartment__isnull=False).annotate(hidden_key=Cast("pk", TextField())).values("hidden_key")
        )
        label = model._meta.label_lower
        condition |= Q(object_type=label, object_key__in=keys)
        named = manager.filter(compartment__isnull=False).annotate(
            named=Concat(Value("record:"), "number", output_field=TextField())
        )
        condition |= Q(object_type="name", object_key__in=named.values("named"))
        for told in (Posting, Command):
            rows = told.objects.filter(record_type=label, record_key__in=keys)
            carried = rows.annotate(hidden_key=Cast("pk", TextField())).values("hidden_key")
            condition |= Q(object_type=told._meta.label_lower, object_key__in=carried)
    return condition


def _here(rows: Any, review: SystemReview) -> Any:
    rows = rows.filter(compartment=None)
    return rows if review.every_site else rows.filter(site=review.site_id)


def kind(model: Any, review: SystemReview, first: datetime.datetime, last: datetime.datetime) -> dict[str, Any]:
    """Recorded in the period; open at its end, by the versions of then."""
    now_enclosed = model._base_manager.filter(compartment__isnull=False).values("pk")
    rows = _here(model._base_manager.all(), review)
    then = _here(model.history.as_of(last), review).filter(state__in=model.workflow.open_states)
    still = then.exclude(pk__in=now_enclosed).order_by("pk")
    names = {f.name for f in model._meta.fields}
    late = still.filter(due_date__lt=last.date()).count() if "due_date" in names else 0
    return {
        "begun": rows.filter(created_at__gte=first, created_at__lt=last).count(),
        "kind": model._meta.label_lower,
        "late": late,
        "numbers": [row.number for row in still[:MOST]],
        "open": still.count(),
    }


def reviews(review: SystemReview, first: datetime.datetime, last: datetime.datetime) -> list[dict[str, Any]]:
    """Reviews of the trail and of access that were signed in the period; what was signed does not change."""
    found = []
    for model in (TrailReview, AccessReview):
        rows = _here(model.objects.all(), review).filter(reviewed_at__gte=first, reviewed_at__lt=last)
        for row in rows.order_by("pk"):
            exceptions = len(row.standing()) if isinstance(row, TrailReview) else 0
            at = canonical.instant(row.reviewed_at)
            found.append({"at": at, "exceptions": exceptions, "number": row.number, "title": row.title})
    return found


def roles(review: SystemReview, last: datetime.datetime) -> list[dict[str, Any]]:
    """How many people held each role at the end."""
    day = last.date()
    held = Grant.objects.filter(granted_at__lt=last, valid_from__lte=day).filter(
        Q(valid_to=None) | Q(valid_to__gte=day), Q(ended_at=None) | Q(ended_at__gte=last)
    )
    if not review.every_site:
        held = held.filter(Q(site=None) | Q(site=review.site_id))
    rows = held.order_by("role").values("role").annotate(people=Count("user", distinct=True))
    return [{"people": row["people"], "role": row["role"]} for row in rows]


def told(review: SystemReview) -> dict[str, Any]:
    """The report as data; empty before the review begins."""
    found: dict[str, Any] = json.loads(review.report) if review.report else {}
    return found
