"""Rework and repair: who did the work, and the re-inspection that ends its loop."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, QuantityField
from qms.lib.ids import uuid7
from qms.signatures.models import Signature

from ..choices import Result
from .lines import DispositionLine
from .records import optional


class ReworkLoop(Regulated):
    """One pass of a rework or repair line: done by one person, re-inspected by another; a failed one begins the next.

    `reference` names the inspection. While `result` is empty it is a record of ours that inspects these pieces: its usage decision ends
    the loop, and nobody else does.
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    line = models.ForeignKey(DispositionLine, on_delete=models.PROTECT, related_name="loops")
    loop = models.IntegerField(_("loop"))
    quantity = QuantityField(_("quantity"))
    note = models.TextField(_("what was done"), blank=True, default="")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("done by")
    )
    done_at = DatabaseTime(_("done"))
    initiator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    result = models.CharField(_("re-inspection"), max_length=8, choices=Result, blank=True, default="")
    reference = models.CharField(_("inspection"), max_length=80, blank=True, default="")
    inspected_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("re-inspected by"))
    inspected_at = models.DateTimeField(_("re-inspected"), null=True)
    signature = optional(Signature)
    history = Trail()
    frozen = ("uid", "line", "loop", "quantity", "note", "done_by", "done_at", "initiator")

    class Meta:
        verbose_name = _("rework loop")
        ordering = ("line", "loop")
        constraints = (
            models.UniqueConstraint(fields=("line", "loop"), name="loop_once"),
            models.CheckConstraint(name="loop_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="reinspector_not_worker", condition=~Q(inspected_by=F("done_by"))),
            models.CheckConstraint(name="reinspector_not_initiator", condition=~Q(inspected_by=F("initiator"))),
            models.CheckConstraint(
                name="loop_result_is_signed",
                condition=Q(result="", inspected_by=None, inspected_at=None, signature=None)
                | Q(
                    ~Q(result=""),
                    ~Q(reference=""),
                    inspected_by__isnull=False,
                    inspected_at__isnull=False,
                    signature__isnull=False,
                ),
            ),
        )

    @property
    def waits_for_person(self) -> bool:
        """For somebody's own re-inspection: no inspection is under way that will say it."""
        return not self.result and not self.reference

    def __str__(self) -> str:
        return f"{self.line.line}.{self.loop}"
