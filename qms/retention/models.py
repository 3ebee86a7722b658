"""Legal holds and disposals: who keeps records longer, who ends them, and why."""

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
from qms.records.models import Preserved, Record, Tombstone
from qms.signatures.models import Signature


def optional(to: Any, **options: Any) -> Any:
    return models.ForeignKey(to, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options)


def searched(name: str) -> Any:
    return GinIndex(*(OpClass(Upper(column), name="gin_trgm_ops") for column in ("number", "reason")), name=name)


class LegalHold(Record):
    """Keeps its records whatever their class says. The lines that the database asks are `Preserved`."""

    prefix, noun, view_permission = "LGH", "legalhold", "legal_hold.view"
    search_texts = ("reason",)
    number = NumberField(_("number"), prefix="LGH")
    reason = models.TextField(_("reason"))
    placed_at = models.DateTimeField(_("placed"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "reason", "placed_at")

    class Meta:
        verbose_name = _("legal hold")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("site", "-id"), name="legalhold_site"), searched("legalhold_search"))
        constraints = (
            models.CheckConstraint(
                name="legalhold_states",
                condition=Q(state="STANDING", lifted_at=None) | Q(state="LIFTED", lifted_at__isnull=False),
            ),
        )

    @property
    def title(self) -> str:
        return self.reason[:120]

    def lines(self) -> Any:
        return Preserved.objects.filter(hold_number=self.number)

    def signed_content(self) -> dict[str, Any]:
        return {"reason": self.reason, "records": sorted(self.lines().values_list("number", flat=True))}

    def trail_members(self) -> dict[str, list[str]]:
        return {Preserved._meta.label_lower: [str(pk) for pk in self.lines().values_list("pk", flat=True)]}

    def get_absolute_url(self) -> str:
        return reverse("retention:legalhold-detail", args=[self.number])


class Disposal(Record):
    """Records that reached the end of their retention: proposed by one person, approved by another, both by signature."""

    prefix, noun, view_permission = "DSP", "disposal", "disposal.view"
    search_texts = ("reason",)
    number = NumberField(_("number"), prefix="DSP")
    reason = models.TextField(_("reason"))
    numbers = models.JSONField(_("records"), default=list)
    proposed_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("proposed by"))
    proposal = optional(Signature, verbose_name=_("signed proposal"))
    approved_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("approved by"))
    approval = optional(Signature, verbose_name=_("signed approval"))
    history = Trail()
    frozen = (*Record.frozen, "reason", "numbers")

    class Meta:
        verbose_name = _("disposal")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("site", "-id"), name="disposal_site"), searched("disposal_search"))
        constraints = (
            models.CheckConstraint(name="disposal_four_eyes", condition=~Q(approved_by=F("proposed_by"))),
            models.CheckConstraint(name="disposal_not_by_its_author", condition=~Q(approved_by=F("created_by"))),
            models.CheckConstraint(
                name="disposal_states",
                condition=Q(state__in=("DRAFT", "CANCELLED"), approved_by=None)
                | Q(state="PROPOSED", proposed_by__isnull=False, proposal__isnull=False, approved_by=None)
                | Q(
                    state="DISPOSED",
                    proposed_by__isnull=False,
                    proposal__isnull=False,
                    approved_by__isnull=False,
                    approval__isnull=False,
                ),
            ),
        )

    @property
    def title(self) -> str:
        return self.reason[:120]

    def stones(self) -> Any:
        return Tombstone.objects.filter(disposal_number=self.number).select_related("retention")

    def signed_content(self) -> dict[str, Any]:
        return {"reason": self.reason, "records": sorted(self.numbers)}

    def trail_members(self) -> dict[str, list[str]]:
        return {Tombstone._meta.label_lower: [str(pk) for pk in self.stones().values_list("pk", flat=True)]}

    def get_absolute_url(self) -> str:
        return reverse("retention:disposal-detail", args=[self.number])
