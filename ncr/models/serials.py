"""Serial numbers of what is affected, and which disposition line decides about each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated

from .lines import DispositionLine
from .records import Nonconformance


class AffectedSerial(Regulated):
    """One piece of the affected quantity. An NCR names all its pieces or none: law of the database."""

    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="serials")
    number = models.CharField(_("serial number"), max_length=80)
    history = Trail()
    frozen = ("ncr", "number")
    deletable = True

    class Meta:
        verbose_name = _("affected serial number")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("ncr", "number"), name="serial_once"),)

    def __str__(self) -> str:
        return self.number


class LineSerial(Regulated):
    """The line that decides about a piece; within an edition there is one."""

    line = models.ForeignKey(DispositionLine, on_delete=models.PROTECT, related_name="serials")
    serial = models.ForeignKey(AffectedSerial, on_delete=models.PROTECT, related_name="decided")
    edition = models.IntegerField()
    history = Trail()
    frozen = ("line", "serial", "edition")
    deletable = True

    class Meta:
        verbose_name = _("serial number of a line")
        ordering = ("serial__number",)
        constraints = (models.UniqueConstraint(fields=("serial", "edition"), name="serial_decided_once"),)

    def __str__(self) -> str:
        return f"{self.serial}: {self.line}"
