"""Sampling sequences: how severely the next lot of a part from a supplier is inspected, and what led there."""

from dataclasses import asdict
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, Supplier

from ..calc.skipping import SkipState
from ..calc.switching import LOTS_TO_REDUCED, NORMAL, SCORE, SwitchState
from ..choices import Severity, SkipMode, Switching, Turn


class SequenceQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "inspection.view")


class SamplingSequence(Regulated):
    """Of a part × supplier × plan (all its editions); below it (`parent`) one for each characteristic that switches by itself: `origin`
    names it in every edition. `memory`, `skip_memory`: the states of the switching rules and of the skipping,
    as plain values; severity, score and mode stand beside them for lists."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"))
    supplier = models.ForeignKey(
        Supplier, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"), db_index=False
    )
    family = models.UUIDField(editable=False)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children", verbose_name=_("sequence of the part")
    )
    origin = models.UUIDField(null=True, editable=False)
    characteristic = models.CharField(_("characteristic"), max_length=140, blank=True, default="")
    scheme = models.CharField(_("switching rules"), max_length=4, choices=Switching)
    severity = models.CharField(_("severity of the next lot"), max_length=10, choices=Severity, default=Severity.NORMAL)
    score = models.IntegerField(_("switching score"), default=0)
    discontinued = models.BooleanField(_("discontinued"), default=False)
    memory = models.JSONField(default=dict)
    skip_mode = models.CharField(_("which lots"), max_length=10, choices=SkipMode, default=SkipMode.EVERY)
    skip_memory = models.JSONField(default=dict)
    history = Trail()
    frozen = ("uid", "site", "item", "supplier", "family", "parent", "origin")
    objects = SequenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampling sequence")
        constraints = (
            models.UniqueConstraint(
                fields=("site", "item", "supplier", "family", "origin"), name="sequence_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="sequence_of_characteristic",
                condition=Q(parent=None, origin=None) | Q(parent__isnull=False, origin__isnull=False),
            ),
            models.CheckConstraint(name="sequence_score", condition=Q(score__gte=0)),
            # 105E and ISO 2859-1: inspection is discontinued on tightened inspection only.
            models.CheckConstraint(
                name="sequence_discontinued_on_tightened", condition=Q(discontinued=False) | Q(severity="tightened")
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_severity_display()}"

    @property
    def subject(self) -> str:
        """The part, and the characteristic where it switches by itself."""
        return " · ".join(filter(None, (self.item.number, self.characteristic)))

    @property
    def state(self) -> SwitchState:
        return SwitchState.from_dict(self.memory)

    @property
    def last(self) -> Any:
        """The last inspection of it; None for none."""
        return (self.parent or self).lots.order_by("-pk").first()

    @property
    def skip_state(self) -> SkipState:
        told = dict(self.skip_memory)
        if on := told.get("inspected_on"):
            told["inspected_on"] = date.fromisoformat(on)
        return SkipState(**told)

    def take_skip_state(self, state: SkipState) -> tuple[str, ...]:
        on = state.inspected_on
        self.skip_memory = {**asdict(state), "inspected_on": on.isoformat() if on else None}
        self.skip_mode = state.mode
        return ("skip_memory", "skip_mode")

    @property
    def is_earned(self) -> bool:
        """Enough was accepted for reduced inspection; steady production and the authority's leave may still be missing."""
        if self.scheme == Switching.NONE:
            return False
        state = self.state
        enough = state.score >= SCORE if self.scheme == Switching.ISO else state.run >= LOTS_TO_REDUCED
        return state.severity == NORMAL and enough


class SamplingEvent(Regulated):
    """What moved a sequence, or left it where it was. `reasons`: codes of the switching rules."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    sequence = models.ForeignKey(SamplingSequence, on_delete=models.PROTECT, related_name="events")
    inspection = models.ForeignKey(
        "inspection.Inspection", on_delete=models.PROTECT, related_name="turns", verbose_name=_("inspection")
    )
    turn = models.CharField(_("what happened"), max_length=12, choices=Turn)
    accepted = models.BooleanField(_("lot accepted"), null=True)
    before = models.CharField(_("before"), max_length=10, choices=Severity)
    after = models.CharField(_("after"), max_length=10, choices=Severity)
    score = models.IntegerField(_("switching score"), default=0)
    reasons = models.JSONField(_("reasons"), default=list)
    note = models.TextField(_("note"), blank=True, default="")
    at = DatabaseTime(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # none: the system, for a nonconformance that a machine reported
    history = Trail()
    frozen = (
        *(
            "uid",
            "sequence",
            "inspection",
            "turn",
            "accepted",
            "before",
            "after",
            "score",
            "reasons",
            "note",
            "at",
            "by",
        ),
    )

    class Meta:
        verbose_name = _("turn of a sampling sequence")
        ordering = ("pk",)
        constraints = (
            # The result of a lot counts once, whatever is repeated.
            models.UniqueConstraint(
                name="sequence_lot_once", fields=("inspection", "sequence"), condition=Q(turn="lot")
            ),
            models.CheckConstraint(
                name="turn_of_a_lot_has_result", condition=Q(turn="lot", accepted__isnull=False) | ~Q(turn="lot")
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_turn_display()}: {self.before} → {self.after}"
