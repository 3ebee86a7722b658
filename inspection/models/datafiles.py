"""Files of results that were taken in, and what the names in such files mean here."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.records.models import Attachment

from ..choices import FileName
from .lots import Inspection


def person(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=label
    )


class ResultFile(Regulated):
    """A file whose values became readings of an inspection; the bytes are an attachment of it. `left`: what was not taken, as
    [{"name", "values", "why"}]: nothing of a file goes without being told."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="result_files")
    file = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    name = models.CharField(_("file name"), max_length=200)
    count = models.IntegerField(_("readings"))
    left = models.JSONField(_("not taken"), default=list, blank=True)
    at = DatabaseTime(_("taken in"))
    by = person(_("taken in by"))
    history = Trail()
    frozen = ("uid", "inspection", "file", "sha256", "name", "count", "left", "at", "by")

    class Meta:
        verbose_name = _("file of results")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("inspection", "sha256"), name="result_file_once"),
            models.CheckConstraint(name="result_file_has_readings", condition=Q(count__gte=1)),
        )

    def __str__(self) -> str:
        return self.name


class NameMeaning(Regulated):
    """The saved mapping. Of results: a name of a file means the characteristic `meaning` (its `origin`, the same in all editions) of the
    plans of `family`. Of plan columns: a heading means the field `meaning`, whichever the plan (`family` empty)."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    use = models.CharField(_("of what"), max_length=12, choices=FileName)
    family = models.UUIDField(null=True, editable=False)
    name = models.CharField(_("name in files"), max_length=200)
    meaning = models.CharField(_("means"), max_length=40)
    by = person(_("mapped by"))
    history = Trail()
    frozen = ("uid", "use", "family", "name")

    class Meta:
        verbose_name = _("meaning of a name in files")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("use", "family", "name"), name="name_means_once", nulls_distinct=False),
            models.CheckConstraint(
                name="name_meaning_family",
                condition=Q(use="results", family__isnull=False) | Q(use="columns", family=None),
            ),
        )

    def __str__(self) -> str:
        return self.name
