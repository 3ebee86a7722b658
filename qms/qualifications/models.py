"""Who is qualified to sign what, until when and on what ground (21 CFR 11.10(i))."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField
from qms.records.models import Record
from qms.signatures.choices import Meaning


class Qualification(Record):
    """Never changed: one that is renewed or was wrong is followed by another. Its proof hangs on it as files."""

    prefix, noun, view_permission = "QLF", "qualification", "qualification.view"
    search_texts = ("basis",)
    number = NumberField(_("number"), prefix="QLF")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("person")
    )
    meanings = models.JSONField(_("may sign"), default=list)
    basis = models.TextField(_("rests on"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "person", "meanings", "basis", "valid_from", "valid_to")

    class Meta:
        verbose_name = _("qualification")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="qualification_site"),
            models.Index(fields=("valid_to", "id"), name="qualification_until"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "basis")),
                name="qualification_search",
            ),
        )
        constraints = (
            models.CheckConstraint(name="qualification_not_ones_own", condition=~Q(created_by=F("person"))),
            models.CheckConstraint(name="qualification_period", condition=Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(
                name="qualification_states",
                condition=Q(state="VALID", ended_at=None) | Q(state="ENDED", ended_at__isnull=False),
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.person}: {self.words}"[:200]

    @property
    def words(self) -> str:
        """What it lets the person sign, in the reader's language."""
        known = dict(Meaning.choices)
        return ", ".join(str(known.get(code, code)) for code in self.meanings)

    def signed_content(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "meanings": sorted(self.meanings),
            "person": str(self.person_id),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat(),
        }

    def get_absolute_url(self) -> str:
        return reverse("qualifications:qualification-detail", args=[self.number])
