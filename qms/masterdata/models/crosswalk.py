"""What foreign names mean here, since when and until when, and how names are spelt before they are looked up."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7


class CrosswalkKind(models.TextChoices):
    DEFECT_CODE = "defect_code", _("Defect code")
    ITEM = "item", _("Item")
    REVISION = "revision", _("Revision")
    LOT = "lot", _("Lot")
    ORDER = "order", _("Production order")
    SUPPLIER = "supplier", _("Supplier")
    UNIT = "unit", _("Unit")
    WORK_CENTER = "work_center", _("Work center")
    SITE = "site", _("Site")
    NCR = "ncr", _("Nonconformance")


# Kinds whose names are spelt by rule when a message is read; a rule for any other would do nothing.
SPELT = ("defect_code", "item", "revision", "lot", "order", "unit", "work_center")


class Matched(models.TextChoices):
    PERSON = "person", _("by a person")
    WORKLIST = "worklist", _("from the work list")
    MERGE = "merge", _("by a merge")
    SPLIT = "split", _("by a split")


class CrosswalkQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Names belong to the whole company; one that is good for a site only is seen there."""
        sites = access.site_ids(user, "masterdata.view")
        if sites == access.ALL:
            return self
        return self.filter(Q(site_id__in=sites) | Q(site=None)) if sites else self.none()

    def standing(self) -> Self:
        """Without those that were taken back as mistakes."""
        return self.filter(withdrawn_at=None)

    def held(self, at: datetime) -> Self:
        begun = Q(since=None) | Q(since__lte=at)
        return self.standing().filter(begun, Q(until=None) | Q(until__gt=at))

    def current(self) -> Self:
        return self.standing().filter(until=None)


class Crosswalk(Regulated):
    """How a foreign system names what we know by another name, answered once for all its messages.

    `since` empty: from the beginning; `until` empty: still. Where a name stands for several, one entry without a meaning
    says so, and each meaning names the revision or the site for which it is good: nothing is guessed.
    """

    KINDS = CrosswalkKind.choices
    uid = models.UUIDField(default=uuid7, db_default=RandomUUID(), unique=True, editable=False)
    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=CrosswalkKind)
    foreign_value = models.CharField(_("name there"), max_length=120)
    local_value = models.CharField(_("name here"), max_length=120, blank=True)
    revision = models.CharField(_("for the revision"), max_length=40, blank=True, default="")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("for the site"), db_index=False
    )
    since = models.DateTimeField(_("since"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    matched = models.CharField(_("how it was matched"), max_length=10, choices=Matched, default=Matched.PERSON)
    made_at = DatabaseTime(_("entered"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"),
        db_index=False,
    )  # fmt: skip
    change = models.UUIDField(_("change"), null=True, editable=False)  # entries of one merge or split
    ended_by = models.UUIDField(_("ended by the change"), null=True, editable=False)
    history = Trail()
    frozen = ("uid", "source", "kind", "matched", "made_at", "made_by", "change")
    objects = CrosswalkQuerySet.as_manager()

    class Meta:
        verbose_name = _("name mapping")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("source", "kind", "foreign_value"), name="crosswalk_name"),
            models.Index(fields=("kind", "local_value"), name="crosswalk_meaning"),
            models.Index(fields=("change",), name="crosswalk_change", condition=Q(change__isnull=False)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("source", "kind", "foreign_value", "revision", "site"),
                condition=Q(until=None, withdrawn_at=None),
                nulls_distinct=False,
                name="crosswalk_once",
            ),
            models.CheckConstraint(
                condition=~Q(local_value="") | Q(revision="", site=None), name="crosswalk_open_is_general"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(since=None) | Q(until__gte=models.F("since")), name="crosswalk_period"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source}: {self.foreign_value} → {self.local_value or '?'}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:name", args=[self.uid])

    @property
    def meaning(self) -> Any:
        return self.local_value or _("stands for several")

    @property
    def is_current(self) -> bool:
        return self.until is None and self.withdrawn_at is None


class NormalisationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self if access.site_ids(user, "masterdata.view") else self.none()

    def in_use(self) -> Self:
        return self.filter(activated_at__isnull=False, retired_at=None)


class Normalisation(Regulated):
    """How names of one kind from one source are spelt before they are looked up. Never edited: a change is an edition."""

    RULES = ("trims", "takes_prefix", "drops", "drops_zeros", "uppers", "puts_prefix")
    uid = models.UUIDField(default=uuid7, db_default=RandomUUID(), unique=True, editable=False)
    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=CrosswalkKind)
    edition = models.IntegerField(_("edition"))
    trims = models.BooleanField(_("without spaces at both ends"), default=True)
    takes_prefix = models.CharField(_("without the prefix"), max_length=20, blank=True, default="")
    drops = models.CharField(_("without these characters"), max_length=20, blank=True, default="")
    drops_zeros = models.BooleanField(_("without leading zeros"), default=False)
    uppers = models.BooleanField(_("in capitals"), default=False)
    puts_prefix = models.CharField(_("with the prefix"), max_length=20, blank=True, default="")
    examples = models.JSONField(_("examples"), default=list)  # [{"given", "expect"}]
    note = models.TextField(_("why"))
    made_at = DatabaseTime(_("drafted"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by"),
        db_index=False,
    )  # fmt: skip
    activated_at = models.DateTimeField(_("in use since"), null=True)
    retired_at = models.DateTimeField(_("in use until"), null=True)
    history = Trail()
    frozen = ("uid", "source", "kind", "edition", *RULES, "examples", "note", "made_at", "made_by")
    objects = NormalisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of spelling")
        ordering = ("source", "kind", "-edition")
        constraints = (
            models.UniqueConstraint(fields=("source", "kind", "edition"), name="normalisation_edition_once"),
            models.UniqueConstraint(
                fields=("source", "kind"),
                condition=Q(activated_at__isnull=False, retired_at=None),
                name="normalisation_one_in_use",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(activated_at__isnull=False), name="normalisation_retired_was_used"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} · {self.get_kind_display()} · {self.edition}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:spelling", args=[self.uid])
