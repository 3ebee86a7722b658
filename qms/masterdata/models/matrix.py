"""Which system is the system of record of which field, edition by edition; and what two systems say of a field."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Cast, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.records.models import REGISTRY, Record

USED = ("APPROVED", "ACTIVE", "RETIRED")
CONTENT = MD5(Cast("rows", models.TextField()))


class System(models.TextChoices):
    ANY = "any", _("whoever tells it; a person's word stands")
    ERP = "erp", _("ERP")
    MES = "mes", _("MES")
    QMS = "qms", _("QMS")
    TRANSACTION = "posting", _("ERP; a change here becomes an ERP transaction")
    EVIDENCE = "evidence", _("nobody; what is told is kept as evidence only")


class Otherwise(models.TextChoices):
    """What becomes of a value that comes from somebody else."""

    REFUSED = "refused", _("refused")
    LOGGED = "logged", _("noted, not taken over")
    CONFLICT = "conflict", _("a person decides")


def person(label: Any, **options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=label, db_index=False,
        **options,
    )  # fmt: skip


class Matrix(Record):
    """One edition for a site; at most one is in use. `rows`: [{"object", "field", "owner", "otherwise"}], field "*" for all
    others of the object. Without an edition the shipped one counts (matrix.csv)."""

    prefix, noun, view_permission = "SOR", "matrix", "mapping.view"
    number = NumberField(_("number"), prefix="SOR")
    edition = models.IntegerField(_("edition"))
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.TextField(_("what it changes and why"))
    rows = models.JSONField(_("rows"), default=list)
    approved_content = models.CharField(max_length=32, blank=True, default="")
    edited_by = person(_("last edited by"))
    approved_by = person(_("approved by"), null=True)
    activated_at = models.DateTimeField(_("in use since"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "edition", "base")

    class Meta:
        verbose_name = _("system-of-record matrix")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="matrix_site"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="matrix_search"),
        )
        constraints = (
            models.UniqueConstraint(fields=("site", "edition"), name="matrix_edition_once"),
            models.UniqueConstraint(fields=("site",), condition=Q(state="ACTIVE"), name="matrix_one_active"),
            models.CheckConstraint(
                condition=~Q(state__in=USED) | Q(approved_by__isnull=False, approved_content=CONTENT),
                name="matrix_as_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
                name="matrix_four_eyes",
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.site.code} · {self.edition}"

    def signed_content(self) -> dict[str, Any]:
        return {"edition": self.edition, "site": self.site.code, "note": self.note, "rows": self.rows}

    def get_absolute_url(self) -> str:
        return reverse("masterdata:matrix-detail", args=[self.number])


class ConflictQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Of records that the person sees: a closed record hides its conflicts too."""
        records: Any = REGISTRY["NCR"]
        return self.filter(record_key__in=records.objects.visible_to(user).values("pk"))

    def open(self) -> Self:
        return self.filter(decided_at=None)


class FieldConflict(Regulated):
    """Somebody who does not own a field told another value of it, and the matrix says that a person decides."""

    KEPT, TAKEN = "kept", "taken"
    DECISIONS = ((KEPT, _("ours kept")), (TAKEN, _("theirs taken")))
    uid = models.UUIDField(default=uuid7, db_default=RandomUUID(), unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    record_type = models.CharField(max_length=80)
    record_key = models.BigIntegerField()
    record_number = models.CharField(_("record"), max_length=24)
    object = models.CharField(_("object"), max_length=40)
    field = models.CharField(_("field"), max_length=40)
    source = models.CharField(_("told by"), max_length=80)
    ours = models.TextField(_("here"), blank=True)
    theirs = models.TextField(_("there"), blank=True)
    message = models.CharField(_("message"), max_length=240, blank=True, default="")
    told_at = DatabaseTime(_("told"))
    decision = models.CharField(_("decision"), max_length=8, choices=DECISIONS, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = person(_("decided by"), null=True)
    history = Trail()
    frozen = ("uid", "site", "record_type", "record_key", "record_number", "object", "field", "source", "told_at")
    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("conflict of a field")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("site", "-id"), name="fieldconflict_site"),)
        constraints = (
            models.UniqueConstraint(
                fields=("record_type", "record_key", "field", "source"),
                condition=Q(decided_at=None),
                name="fieldconflict_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="")
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
                name="fieldconflict_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.record_number} {self.field}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:conflict", args=[self.uid])
