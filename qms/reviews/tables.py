"""How reviews are listed, and the entries that one of them covers."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.office import tables as office
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.workflow import State

from .models import AccessReview, ReviewRule, SystemReview, TrailReview
from .queries import access as intervals
from .workflow import ACCESS, ACCESS_RIGHT, MANAGE, SYSTEM, SYSTEM_RIGHT, TRAIL

VIEW, SYSTEM_VIEW = "trail_review.view", "system_review.view"


def _overdue(user: Any) -> Q:
    return Q(due_date__lt=now().date(), state__in=TRAIL.open_states)


REVIEWS = ListSpec(
    name="trail-reviews",
    title=_("Audit-trail reviews"),
    model=TrailReview,
    permission=VIEW,
    rows=lambda user: (
        TrailReview.objects.visible_to(user)
        .select_related("site", "owner", "reviewer")
        .annotate(standing_count=Count("exceptions", filter=Q(exceptions__withdrawn_at=None)))
    ),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("title", _("Title"), wide=True),
        Column("state", _("Status"), kind="state", states=TRAIL.states),
        Column("due_date", _("Due"), kind="date", sort="due_date"),
        Column("reviewer", _("Reviewer"), kind="user", source=lambda row: row.reviewer or row.owner),
        Column("entries", _("Entries"), kind="number"),
        Column("exceptions", _("Exceptions"), kind="number", source="standing_count"),
        Column("reviewed_at", _("Reviewed"), kind="moment"),
        Column("site", _("Site"), source="site.code"),
        Column("from_date", _("From"), kind="date", shown=False),
        Column("to_date", _("To"), kind="date", shown=False),
        Column("trail_size", _("Size of the trail"), kind="number", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=TRAIL.choices),
        DateRange("due", _("Due"), field="due_date", of_time=False),
        Flag("mine", _("Mine"), where=lambda user: Q(owner=user) | Q(reviewer=user)),
        Flag("overdue", _("Overdue"), where=_overdue),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Open"), {"state": ["DRAFT", "IN_REVIEW"]}),
        Tab(_("Overdue"), {"overdue": "1"}),
        Tab(_("Mine"), {"mine": "1"}),
    ),
    search=("number", "title"),
    order="-id",
    actions=(
        Action(_("Plan a review"), "reviews:trailreview-create", permission=MANAGE, icon="plus"),
        Action(_("Periodic reviews"), "reviews:systemreview-list", permission=SYSTEM_VIEW, icon="calendar-clock"),
        Action(_("Rules for closure"), "reviews:rules", permission=VIEW, icon="settings-2"),
    ),
    empty=_(
        "A review reads the audit trail of a period, of records or of one kind of entry, names the exceptions and is signed by"
        " somebody who did not act on those records. Plan the first one."
    ),
    help_template="reviews/_trail_help.html",
)


@dataclass(frozen=True, kw_only=True)
class EntriesOfReview(ListSpec):
    """One for each review, so it is not one of the lists that go by a name."""

    def __post_init__(self) -> None:
        return


MARKED = (State("marked", _("Exception"), "danger"), State("open", _("No exception"), "muted"))


def entries_of(review: TrailReview, rows: Any, *, may_mark: bool) -> EntriesOfReview:
    """The list that the reviewer works through; the first column opens the entry, by keyboard too."""
    marked = {one.entry_id for one in review.standing()} if review.pk else set()

    def link(entry: Entry) -> str:
        return f"{reverse('reviews:trailreview-mark', args=[review.number])}?entry={entry.pk}"

    number = Column("id", _("Entry number"), source=lambda e: str(e.pk), sort="id")
    if may_mark:
        number = replace(number, kind="link", link=link)
    return EntriesOfReview(
        name="trail-review-entries",
        title=_("Entries in scope"),
        model=Entry,
        permission=office.queries.TRAIL,
        rows=rows,
        columns=(
            number,
            Column("ts", _("Time"), kind="moment"),
            Column("sentence", _("What happened"), source=office.told, wide=True),
            Column("subject", _("Object"), source=office.subject),
            Column("actor", _("By"), source=office.actor),
            Column("reason", _("Reason"), source=lambda e: office.content(e).get("reason", ""), wide=True),
            Column(
                "mark",
                _("Finding"),
                kind="state",
                source=lambda e: "marked" if e.pk in marked else "open",
                states=MARKED,
            ),
            Column("event", _("Event"), shown=False),
        ),
        filters=(
            office.OfRecord("number", _("Record number or user id")),
            office.ByActor("actor", _("By")),
            Text("event", _("Event begins with"), lookup="startswith"),
            Choices("kind", _("Kind"), choices=[("act", _("Acts")), ("row", _("Changed rows"))]),
            DateRange("at", _("Time"), field="ts"),
            Flag("marked", _("Exceptions only"), where=Q(pk__in=marked)),
        ),
        order="id",
        empty=_("Nothing of this kind is in the scope: that too is a result, and can be signed."),
    )


RULES = ListSpec(
    name="review-rules",
    title=_("Rules for closure"),
    model=ReviewRule,
    permission=VIEW,
    rows=ReviewRule.objects.visible_to,
    columns=(
        Column("record_type", _("Kind of record"), kind="record", source="label"),
        Column("closure", _("Closure needs an audit-trail review"), kind="yes", source="closure_needs_review"),
    ),
    order="record_type",
    empty=_("No kind of record can ask for a review before it closes."),
)


ACCESS_REVIEWS = ListSpec(
    name="access-reviews",
    title=_("Access reviews"),
    model=AccessReview,
    permission="access_review.view",
    rows=lambda user: (
        AccessReview.objects.visible_to(user)
        .select_related("site", "owner")
        .annotate(
            all_lines=Count("lines"),
            ended=Count("lines", filter=Q(lines__verdict="end")),
            left=Count("lines", filter=Q(lines__verdict="")),
        )
    ),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("title", _("Title"), wide=True),
        Column("state", _("Status"), kind="state", states=ACCESS.states),
        Column("site", _("Site"), source=lambda row: "*" if row.every_site else row.site.code),
        Column("due_date", _("Due"), kind="date", sort="due_date"),
        Column("owner", _("Planned for"), kind="user"),
        Column("lines", _("Roles and tokens"), kind="number", source="all_lines"),
        Column("left", _("Undecided"), kind="number"),
        Column("ended", _("Ended"), kind="number"),
        Column("reviewed_at", _("Reviewed"), kind="moment"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(Choices("state", _("Status"), choices=ACCESS.choices),),
    tabs=(Tab(_("All"), {}), Tab(_("Open"), {"state": ["DRAFT", "IN_REVIEW"]})),
    search=("number", "title"),
    order="-id",
    actions=(
        Action(_("Plan an access review"), "reviews:accessreview-create", permission=ACCESS_RIGHT, icon="plus"),
        Action(_("Intervals"), "reviews:intervals", permission="access_review.view", icon="calendar-clock"),
    ),
    empty=_(
        "Twice a year somebody looks at every role and every token with its last use, and keeps or ends each. Plan the first review."
    ),
    help_template="reviews/_access_help.html",
)


def _interval(site: Site) -> int:
    rule = intervals.rule(site)
    return rule.months if rule else intervals.MONTHS


def _system_interval(site: Site) -> int:
    rule = intervals.rule(site)
    return rule.system_months if rule else intervals.SYSTEM_MONTHS


LATE = (State("late", _("Overdue"), "danger"), State("time", _("In time"), "success"))
INTERVALS = ListSpec(
    name="access-intervals",
    title=_("Intervals of reviews"),
    model=Site,
    permission="access_review.view",
    rows=intervals.sites,
    columns=(
        Column("code", _("Site"), kind="record", link=lambda row: reverse("reviews:interval", args=[row.code])),
        Column("months", _("Months between reviews of access"), kind="number", source=_interval),
        Column("due", _("Next review of access due"), kind="date", source=intervals.due),
        Column(
            "state",
            _("Status"),
            kind="state",
            source=lambda row: "late" if intervals.due(row) < now().date() else "time",
            states=LATE,
        ),
        Column(
            "system_months", _("Months between periodic reviews of the system"), kind="number", source=_system_interval
        ),
        Column("system_due", _("Next periodic review due"), kind="date", source=intervals.system_due),
        Column(
            "system_state",
            _("Periodic review"),
            kind="state",
            source=lambda row: "late" if intervals.system_due(row) < now().date() else "time",
            states=LATE,
        ),
    ),
    order="code",
)

SYSTEM_REVIEWS = ListSpec(
    name="system-reviews",
    title=_("Periodic reviews"),
    model=SystemReview,
    permission=SYSTEM_VIEW,
    rows=lambda user: SystemReview.objects.visible_to(user).select_related("site", "owner").defer("report"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("title", _("Title"), wide=True),
        Column("state", _("Status"), kind="state", states=SYSTEM.states),
        Column("from_date", _("From"), kind="date"),
        Column("to_date", _("To"), kind="date", sort="to_date"),
        Column("verdict", _("Judgement"), source="get_verdict_display"),
        Column("owner", _("Planned for"), kind="user"),
        Column("due_date", _("Due"), kind="date"),
        Column("reviewed_at", _("Reviewed"), kind="moment"),
        Column("site", _("Site"), source=lambda row: _("all sites") if row.every_site else row.site.code),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(Choices("state", _("Status"), choices=SYSTEM.choices),),
    tabs=(Tab(_("All"), {}), Tab(_("Open"), {"state": ["DRAFT", "IN_REVIEW"]})),
    search=("number", "title"),
    order="-id",
    actions=(Action(_("Plan a periodic review"), "reviews:systemreview-create", permission=SYSTEM_RIGHT, icon="plus"),),
    empty=_(
        "Once a year or so somebody looks back on the system itself: changes, incidents, access, backups, reviews. Plan the first."
    ),
    help_template="reviews/_periodic_help.html",
)
