"""Why a verified or closed NCR was opened again, and how it had ended before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.signatures.models import Signature

from .records import Nonconformance, optional


class Reopening(Regulated):
    """The start of a new edition. What the edition before it decided, signed and posted stays untouched beside it."""

    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="reopenings")
    edition = models.IntegerField(_("edition"))
    from_version = models.IntegerField()
    from_state = models.CharField(max_length=24)
    reason = models.TextField(_("reason"))
    closed_by = optional(settings.AUTH_USER_MODEL)
    closed_at = models.DateTimeField(null=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    at = DatabaseTime()
    history = Trail()
    frozen = ("ncr", "edition", "from_version", "from_state", "reason", "closed_by", "closed_at", "signature", "at")

    class Meta:
        verbose_name = _("reopening")
        ordering = ("edition",)
        constraints = (models.UniqueConstraint(fields=("ncr", "edition"), name="reopening_once"),)

    def __str__(self) -> str:
        return f"{self.ncr}, {self.edition}"
