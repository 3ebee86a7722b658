"""A review of the audit trail: what it covers, fixed when it begins, and what the reviewer found."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.records.models import Record

from ..choices import Follow


def person(**options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


class TrailReview(Record):
    """The scope stands as it was planned; `entries`, `trail_size`, `trail_root` and `scope_digest` fix what was covered.

    `actors`: keys of everybody who acted on a record in scope. The reviewer is none of them, which the table itself refuses.
    """

    prefix, noun, view_permission = "ATR", "trailreview", "trail_review.view"
    search_texts = ("title", "purpose")
    number = NumberField(_("number"), prefix="ATR")
    title = models.CharField(_("title"), max_length=200)
    purpose = models.TextField(_("purpose"), blank=True, default="")
    from_date = models.DateField(_("from"), null=True)
    to_date = models.DateField(_("to"), null=True)
    record_types = models.JSONField(_("kinds of record"), default=list)
    numbers = models.JSONField(_("records"), default=list)
    looks = models.JSONField(_("kinds of entries"), default=list)
    owner = person(verbose_name=_("planned for"))
    due_date = models.DateField(_("due"), null=True)
    reviewer = person(verbose_name=_("reviewer"))
    started_at = models.DateTimeField(_("begun"), null=True)
    entries = models.IntegerField(_("entries in scope"), null=True)
    trail_size = models.BigIntegerField(_("size of the trail"), null=True)
    trail_root = models.CharField(_("root of the trail"), max_length=64, blank=True, default="")
    scope_digest = models.CharField(_("SHA-256 of the entries in scope"), max_length=64, blank=True, default="")
    actors = models.JSONField(_("people who acted on records in scope"), default=list)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    history = Trail()

    class Meta:
        verbose_name = _("audit-trail review")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="trailreview_site"),
            models.Index(fields=("due_date", "id"), name="trailreview_due"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "title")), name="trailreview_search"
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="trailreview_period",
                condition=Q(from_date=None) | Q(to_date=None) | Q(to_date__gte=F("from_date")),
            ),
            models.CheckConstraint(
                name="trailreview_begun_whole",
                condition=Q(
                    started_at=None, reviewer=None, entries=None, trail_size=None, trail_root="", scope_digest=""
                )
                | (
                    Q(
                        started_at__isnull=False,
                        reviewer__isnull=False,
                        entries__isnull=False,
                        trail_size__isnull=False,
                    )
                    & ~Q(scope_digest="")
                ),
            ),
            models.CheckConstraint(
                name="trailreview_states",
                condition=Q(state="CANCELLED")
                | Q(state="DRAFT", started_at=None)
                | Q(state="IN_REVIEW", started_at__isnull=False, reviewed_at=None)
                | Q(state="REVIEWED", started_at__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="trailreview_reviewer_did_not_act",
                condition=Func(
                    F("actors"),
                    F("reviewer"),
                    arg_joiner=" @> to_jsonb(",
                    template="NOT (%(expressions)s))",
                    output_field=models.BooleanField(),
                ),
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("reviews:trailreview-detail", args=[self.number])

    def standing(self) -> list["TrailException"]:
        """Exceptions that were not withdrawn."""
        return list(self.exceptions.filter(withdrawn_at=None).select_related("by").order_by("entry_id"))

    def signed_content(self) -> dict[str, Any]:
        """What was covered, and what was found in it."""
        return {
            "entries": self.entries,
            "exceptions": [one.told() for one in self.standing()],
            "from": self.from_date.isoformat() if self.from_date else "",
            "looks": sorted(self.looks),
            "purpose": self.purpose,
            "records": sorted(self.numbers),
            "reviewer": str(self.reviewer_id or ""),
            "scope": self.scope_digest,
            "site": self.site.code,
            "title": self.title,
            "to": self.to_date.isoformat() if self.to_date else "",
            "trail_root": self.trail_root,
            "trail_size": self.trail_size,
            "types": sorted(self.record_types),
        }

    def trail_members(self) -> dict[str, list[str]]:
        keys = self.exceptions.values_list("pk", flat=True)
        return {TrailException._meta.label_lower: [str(pk) for pk in keys]}


class TrailException(Regulated):
    """An entry that the reviewer does not let pass: why, and what follows. Withdrawn with a reason, never deleted."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    review = models.ForeignKey(TrailReview, on_delete=models.PROTECT, related_name="exceptions")
    entry_id = models.BigIntegerField(_("entry number"))
    leaf = models.CharField(_("hash of the entry"), max_length=64)
    about = models.CharField(_("object"), max_length=120)
    event = models.CharField(_("event"), max_length=80)
    why = models.TextField(_("what is wrong"))
    follow = models.CharField(_("what follows"), max_length=12, choices=Follow)
    note = models.TextField(_("note"), blank=True, default="")
    record_number = models.CharField(_("record that follows"), max_length=24, blank=True, default="")
    at = DatabaseTime(_("marked"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    history = Trail()
    frozen = (
        *("uid", "review", "entry_id", "leaf", "about", "event", "why", "follow", "note", "record_number", "at", "by"),
    )

    class Meta:
        verbose_name = _("exception")
        ordering = ("entry_id",)
        constraints = (
            models.UniqueConstraint(
                name="trailexception_once", fields=("review", "entry_id"), condition=Q(withdrawn_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.about} · {self.entry_id}"

    def told(self) -> dict[str, Any]:
        return {
            "entry": self.entry_id,
            "follow": self.follow,
            "leaf": self.leaf,
            "note": self.note,
            "record": self.record_number,
            "why": self.why,
        }
