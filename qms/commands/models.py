"""Intents to the ERP with their state, evidence and document number. Domain apps create and read them; connectors carry them."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, QuantityField
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, Lot, Unit
from qms.workflow import Workflow

from .choices import EXPLANATIONS, Kind, Place


class PostingQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "ncr.view")  # type: ignore[return-value]

    def of(self, record: models.Model) -> Self:
        return self.filter(record_type=record._meta.label_lower, record_key=str(record.pk))

    def unfinished(self) -> Self:
        return self.exclude(state__in=("POSTED", "RECONCILED", "CANCELLED", "SKIPPED"))

    def failed(self) -> Self:
        return self.filter(state__in=("FAILED", "NEEDS_DECISION"))


class Posting(Regulated):
    """One internal stock movement asked of the ERP. `reference` is written into the ERP's document and found there again."""

    workflow: ClassVar[Workflow]
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(_("record"), max_length=24)
    purpose = models.CharField(max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    target = models.CharField(_("interface"), max_length=40)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    from_place = models.CharField(max_length=12, choices=Place)
    to_place = models.CharField(max_length=12, choices=Place)
    state = models.CharField(_("status"), max_length=16, default="QUEUED")
    version = models.IntegerField(default=1)
    document_number = models.CharField(_("document in the ERP"), max_length=80, blank=True, default="")
    document_id = models.CharField(max_length=80, blank=True, default="")
    read_back = models.TextField(blank=True, default="")
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem = models.TextField(_("problem"), blank=True, default="")
    requested_at = DatabaseTime(_("requested"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent"), null=True)
    posted_at = models.DateTimeField(_("posted"), null=True)
    history = Trail()
    frozen = (
        *("uid", "reference", "kind", "record_type", "record_key", "record_number", "purpose", "site", "target"),
        *("item", "lot", "quantity", "unit", "from_place", "to_place", "requested_at", "requested_by"),
    )
    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("record_type", "record_key"), name="posting_record"),
            models.Index(fields=("target", "state"), name="posting_target_state"),
        )
        constraints = (
            models.CheckConstraint(name="posting_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="posting_has_document", condition=~Q(state__in=("POSTED", "RECONCILED")) | ~Q(document_number="")
            ),
            models.CheckConstraint(name="posting_moves", condition=~Q(from_place=models.F("to_place"))),
        )

    def __str__(self) -> str:
        return self.reference

    def get_state_display(self) -> Any:
        return self.workflow.state(self.state).label

    @property
    def state_tone(self) -> str:
        return self.workflow.state(self.state).tone

    @property
    def explanation(self) -> Any:
        """What the refusal means and what to do, in the reader's language; empty when the code is unknown."""
        return EXPLANATIONS.get(self.problem_code, "")
