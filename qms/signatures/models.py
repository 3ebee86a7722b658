"""An electronic signature: bound to one record, its version and the digest of its content; never changed, never deleted."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.ids import uuid7

from .choices import Meaning


class SignatureQuerySet(models.QuerySet["Signature"]):
    def on(self, record: models.Model) -> "SignatureQuerySet":
        return self.filter(record_type=record._meta.label_lower, record_key=str(record.pk))


class Signature(Regulated):
    """`sentence` is the very text, in the language, that the signer was shown (architecture.md §5b)."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(max_length=24)
    record_version = models.IntegerField()
    digest = models.CharField(max_length=64)
    meaning = models.CharField(_("meaning"), max_length=24, choices=Meaning)
    sentence = models.TextField()
    consequence = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    signer_name = models.CharField(_("printed name"), max_length=120)
    signer_roles = models.CharField(max_length=200, blank=True, default="")
    timezone = models.CharField(max_length=40)
    signed_at = models.DateTimeField(_("signed"), db_default=models.functions.Now())
    comment = models.TextField(blank=True, default="")
    history = Trail()
    frozen = (
        *(
            "record_type",
            "record_key",
            "record_number",
            "record_version",
            "digest",
            "meaning",
            "sentence",
            "consequence",
        ),
        *("language", "signer", "signer_name", "signer_roles", "timezone", "signed_at", "comment"),
    )
    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        ordering = ("signed_at",)
        indexes = (models.Index(fields=("record_type", "record_key"), name="signature_record"),)

    def __str__(self) -> str:
        return f"{self.signer_name}: {self.get_meaning_display()}"

    def covers(self, digest: str) -> bool:
        """Whether the record still says what was signed."""
        return self.digest == digest
