"""A file that came from another system, what its rows were judged to be, and what applying them did."""

from typing import Any

from django.conf import settings
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
from qms.lib.trail import BULK, PLUMBING

from .choices import DateFormat, DecimalSign, Effect, Encoding, Separator, Stage, Verdict
from .columns import Dialect
from .reading import Format
from .registry import KINDS

RIGHT = "import.run"


class BatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: Any) -> "BatchQuerySet":
        """Imports of a site, of kinds whose rows the person may write there: a row shows what the record would."""
        found = Q(pk__in=[])
        for kind in KINDS.values():
            sites = [access.site_ids(user, right) for right in (RIGHT, *kind.rights)]
            part = Q(kind=kind.name)
            for held in sites:
                part &= Q() if held == access.ALL else Q(site__in=held)
            found |= part
        return self.filter(found)


def pair(name: str) -> Any:
    at, by = Q(**{f"{name}_at": None}), Q(**{f"{name}_by": None})
    return models.CheckConstraint(name=f"import_{name}_pair", condition=(at & by) | (~at & ~by))


def person(label: Any, **options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=label,
        db_index=False,
        **options,
    )


class ImportBatch(Regulated):
    """One file, how it was declared to be read, and what became of it. The bytes stay under their SHA-256."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    kind = models.CharField(_("what is imported"), max_length=40)
    source = models.CharField(_("old system"), max_length=30)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField(_("size"))
    lines = models.IntegerField(_("lines"))
    encoding = models.CharField(_("encoding"), max_length=12, choices=Encoding)
    separator = models.CharField(_("separator"), max_length=12, choices=Separator)
    decimal_sign = models.CharField(_("decimal sign"), max_length=8, choices=DecimalSign)
    date_format = models.CharField(_("format of dates"), max_length=12, choices=DateFormat)
    timezone = models.CharField(_("time zone"), max_length=40)
    uploaded_at = DatabaseTime(_("uploaded"))
    uploaded_by = person(_("uploaded by"))
    checked_at = models.DateTimeField(_("dry run"), null=True)
    checked_by = person(_("dry run by"), null=True)
    check_run = models.UUIDField(null=True)
    applied_at = models.DateTimeField(_("imported"), null=True)
    applied_by = person(_("imported by"), null=True)
    rolled_back_at = models.DateTimeField(_("rolled back"), null=True)
    rolled_back_by = person(_("rolled back by"), null=True)
    history = Trail()
    frozen = (
        *("uid", "site", "kind", "source", "file_name", "sha256", "size", "lines", "encoding", "separator"),
        *("decimal_sign", "date_format", "timezone", "uploaded_at", "uploaded_by"),
    )
    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        ordering = ("-pk",)
        constraints = (pair("checked"), pair("applied"), pair("rolled_back"))

    def __str__(self) -> str:
        return self.file_name

    @property
    def place(self) -> str:
        """In the storage, where attachments stand too."""
        return f"{self.sha256[:2]}/{self.sha256}"

    @property
    def form(self) -> Format:
        return Format(self.file_name, self.encoding, self.separator)

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.decimal_sign, self.date_format, self.timezone)

    def get_absolute_url(self) -> str:
        return reverse("imports:batch", args=[self.uid])


class ImportRow(models.Model):
    """What a dry run found of one row. Values and problems are JSON: what was read, what is wrong and where."""

    trail_class = BULK
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rows", db_index=False)
    run = models.UUIDField()
    number = models.IntegerField()
    key = models.CharField(max_length=120)
    verdict = models.CharField(max_length=10, choices=Verdict)
    values = models.JSONField()
    problems = models.JSONField()
    changes = models.JSONField()

    class Meta:
        indexes = (models.Index(fields=("batch", "run", "verdict", "number"), name="import_row_of_run"),)


class ImportOutcome(models.Model):
    """What applying did with one row: written in the transaction of the act, so it says what is true."""

    trail_class = BULK
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="outcomes", db_index=False)
    row = models.IntegerField()
    effect = models.CharField(max_length=10, choices=Effect)
    object_type = models.CharField(max_length=80, blank=True, default="")
    object_key = models.CharField(max_length=40, blank=True, default="")
    label = models.CharField(max_length=200, blank=True, default="")
    before = models.JSONField(default=dict)
    after = models.CharField(max_length=80, blank=True, default="")
    problem = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=("batch", "effect", "row"), name="import_outcome_of_batch"),)


class ImportCount(models.Model):
    """Counts of the finished stages, so that a page does not count 50,000 rows; what they were counted from stays in the rows."""

    trail_class = BULK
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="counts", db_index=False)
    stage = models.CharField(max_length=10, choices=Stage)
    run = models.UUIDField()
    new = models.IntegerField()
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    refused = models.IntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = (models.Index(fields=("batch", "stage", "-id"), name="import_count_of_batch"),)

    @property
    def total(self) -> int:
        return self.new + self.changed + self.unchanged + self.refused


class ImportProgress(models.Model):
    """How far the worker is. `problem`: why it gave up, in words; `stop`: somebody asked it to."""

    trail_class = PLUMBING
    batch = models.OneToOneField(ImportBatch, on_delete=models.CASCADE, related_name="progress", primary_key=True)
    stage = models.CharField(max_length=10, choices=Stage)
    done = models.IntegerField(default=0)
    asked_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True)
    stop = models.BooleanField(default=False)
    problem = models.TextField(default="")

    @property
    def is_running(self) -> bool:
        return self.finished_at is None
