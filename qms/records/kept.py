"""How long records are kept, what keeps them longer, and what is left of one that was disposed of.

The rule itself is a function of the database (qms.records.keeping), so that pages and the trigger that refuses a disposal ask the same.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.signatures.models import Signature


class RetentionClassQuerySet(models.QuerySet["RetentionClass"]):
    def visible_to(self, user: Any) -> "RetentionClassQuerySet":
        """The classes are one for all sites."""
        return self if access.may(user, "retention.view") else self.none()


class RetentionClass(Regulated):
    """One for each kind of record: kept that many years from the day on which the record was closed (11.10(c))."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    record_type = models.CharField(_("kind of record"), max_length=80, unique=True)
    label_en = models.CharField(_("English label"), max_length=120)
    label_zh_hans = models.CharField(_("Chinese label"), max_length=120)
    years = models.IntegerField(_("years from closure"))
    basis = models.CharField(_("basis"), max_length=200)
    history = Trail()
    frozen = ("code", "record_type")
    objects = RetentionClassQuerySet.as_manager()

    class Meta:
        verbose_name = _("retention class")
        ordering = ("code",)
        constraints = (models.CheckConstraint(name="retention_years", condition=Q(years__gte=0, years__lte=100)),)

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        return self.label_zh_hans if (get_language() or "en").startswith("zh") else self.label_en

    def get_absolute_url(self) -> str:
        return reverse("retention:class", args=[self.code])


class PreservedQuerySet(models.QuerySet["Preserved"]):
    def standing(self) -> "PreservedQuerySet":
        return self.filter(lifted_at=None)

    def of(self, record: Any) -> "PreservedQuerySet":
        return self.filter(record_type=record._meta.label_lower, record_key=record.pk)


class Preserved(Regulated):
    """A record under a legal hold: while the line stands, the database refuses its disposal."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    hold_number = models.CharField(_("legal hold"), max_length=24)
    record_type = models.CharField(max_length=80)
    record_key = models.BigIntegerField()
    number = models.CharField(_("record"), max_length=24)
    since = DatabaseTime(_("since"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    history = Trail()
    frozen = ("uid", "hold_number", "record_type", "record_key", "number", "since")
    objects = PreservedQuerySet.as_manager()

    class Meta:
        verbose_name = _("record under a legal hold")
        ordering = ("pk",)
        indexes = (models.Index(fields=("hold_number",), name="preserved_hold"),)
        constraints = (
            models.UniqueConstraint(name="preserved_once", fields=("record_type", "record_key", "hold_number")),
        )

    def __str__(self) -> str:
        return f"{self.hold_number} {self.number}"


class TombstoneQuerySet(models.QuerySet["Tombstone"]):
    def keys_of(self, model: Any) -> Any:
        """Keys of the model's records that were disposed of."""
        return self.filter(record_type=model._meta.label_lower).values("record_key")


def _person(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=label
    )


def _signature() -> Any:
    return models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="+", db_index=False)


class Tombstone(Regulated):
    """What is shown of a record that was disposed of. `closed_at`, `kept_until`, `years`: set by the database, which also refuses the

    row before its time, under a legal hold, or without two people's signatures.
    """

    record_type = models.CharField(max_length=80)
    record_key = models.BigIntegerField()
    number = models.CharField(_("number"), max_length=24, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    recorded_at = models.DateTimeField(_("recorded"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    kept_until = models.DateField(_("kept until"), null=True)
    retention = models.ForeignKey(
        RetentionClass, on_delete=models.PROTECT, related_name="+", verbose_name=_("retention class"), db_index=False
    )
    years = models.IntegerField(_("years from closure"), null=True)
    disposal_number = models.CharField(_("disposal"), max_length=24)
    proposed_by = _person(_("proposed by"))
    approved_by = _person(_("approved by"))
    proposal = _signature()
    approval = _signature()
    disposed_at = DatabaseTime(_("disposed of"))
    history = Trail()
    frozen = (
        *(
            "record_type",
            "record_key",
            "number",
            "site",
            "recorded_at",
            "closed_at",
            "kept_until",
            "retention",
            "years",
        ),
        *("disposal_number", "proposed_by", "approved_by", "proposal", "approval", "disposed_at"),
    )
    objects = TombstoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("record disposed of")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("disposal_number",), name="tombstone_disposal"),)
        constraints = (
            models.UniqueConstraint(name="tombstone_once", fields=("record_type", "record_key")),
            models.CheckConstraint(name="tombstone_four_eyes", condition=~Q(approved_by=F("proposed_by"))),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("retention:tombstone", args=[self.number])
