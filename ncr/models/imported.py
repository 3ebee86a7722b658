"""History that came with an NCR from another system: evidence that somebody else kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.ids import uuid7

from .records import Nonconformance


class ImportedLine(Regulated):
    """One line of the old system's history. It never changes; an import that is rolled back withdraws it."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="imported_lines")
    source = models.CharField(_("source system"), max_length=40)
    source_key = models.CharField(_("number there"), max_length=80)
    happened_at = models.DateTimeField(_("happened at"))
    person = models.CharField(_("person there"), max_length=120, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=12)
    text = models.TextField(_("text"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    history = Trail()
    frozen = ("uid", "ncr", "source", "source_key", "happened_at", "person", "kind", "text")

    class Meta:
        verbose_name = _("imported line of history")
        ordering = ("happened_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("source", "source_key"), condition=models.Q(withdrawn_at=None), name="imported_line_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.source_key}"
