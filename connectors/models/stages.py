"""How far a flow goes: off, observe, shadow or live, by interface, direction, kind and site; and what shadow would have done."""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK

from .flows import Direction
from .inbox import InboxMessage
from .interfaces import Interface

# Flows outward; inward a flow is called as its type of message or its object.
POSTINGS_OUT, COMMANDS_OUT = "postings", "commands"


class Stage(models.TextChoices):
    OFF = "off", _("Off")
    OBSERVE = "observe", _("Observe")
    SHADOW = "shadow", _("Shadow")
    LIVE = "live", _("Live")


class FlowStageQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))

    def of(self, interface: Interface, direction: str, object: str, site_id: int | None = None) -> str:
        """What was decided for the site counts before what was decided for all; a flow of which nothing was decided stands where
        the interface's flows begin. The interface's own mode is the ceiling: its reader asks that first."""
        rows = self.filter(interface=interface, direction=direction, object=object)
        told = dict(rows.filter(Q(site=None) | Q(site=site_id)).values_list("site", "stage"))
        return str(told.get(site_id) or told.get(None) or interface.first_stage)

    def by_object(self, interface: Interface, direction: str, objects: Iterable[str]) -> dict[str, str]:
        """For the interface's own site."""
        rows = self.filter(interface=interface, direction=direction).filter(Q(site=None) | Q(site=interface.site_id))
        told = {
            row.object: row.stage for row in rows.order_by("site_id").reverse()
        }  # NULL comes first, the site's word last
        return {name: told.get(name, interface.first_stage) for name in objects}


class FlowStage(Regulated):
    """What was decided for one flow, for one site or for all of them (`site` None). `object`: type of message, object of an ERP,
    or one of POSTINGS_OUT and COMMANDS_OUT."""

    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="stages")
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    object = models.CharField(_("object or type of message"), max_length=80)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"), db_index=False
    )
    stage = models.CharField(_("stage"), max_length=8, choices=Stage)
    since = models.DateTimeField(_("since"))
    history = Trail()
    frozen = ("interface", "direction", "object", "site")
    objects = FlowStageQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage of a flow")
        ordering = ("interface", "direction", "object", "site")
        constraints = (
            models.UniqueConstraint(
                fields=("interface", "direction", "object", "site"), name="stage_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.direction}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:interface", args=[self.interface.code]) + "?tab=stages"


class Verdict(models.TextChoices):
    """What would have become of it."""

    CREATE = "create", _("Would make a record")
    UPDATE = "update", _("Would change a record")
    WAIT = "wait", _("Would wait for a person")
    REFUSE = "refuse", _("Would be refused")
    SEND = "send", _("Would be sent")
    FAULT = "fault", _("Could not be computed")


class ShadowQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        seen = Q(interface__in=Interface.objects.visible_to(user))
        sites = access.site_ids(user, "interface.view")
        return self.filter(seen if sites == access.ALL else seen & (Q(site=None) | Q(site__in=sites)))


class Shadow(models.Model):
    """What one message, posting or command would have done while its flow was in shadow; nothing of it was written or sent.

    `facts`: of the record or document that would be made. `found`: what the other side shows for it (postings), as the last
    reconciliation read it back. `subject`: number of the record of ours that asks."""

    trail_class = BULK
    updatable = ("found", "found_at")
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="shadows", db_index=False)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=3, choices=Direction)
    object = models.CharField(max_length=80)
    message = models.OneToOneField(InboxMessage, null=True, on_delete=models.PROTECT, related_name="shadow")
    reference = models.CharField(_("reference"), max_length=60, blank=True, default="")
    subject = models.CharField(_("record"), max_length=24, blank=True, default="")
    verdict = models.CharField(_("what it would do"), max_length=8, choices=Verdict)
    facts = models.JSONField(default=dict)
    problem = models.TextField(_("problem"), blank=True, default="")
    found = models.JSONField(null=True)
    found_at = models.DateTimeField(null=True)
    made_at = DatabaseTime(_("computed"))
    objects = ShadowQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("interface", "direction", "object", "id"), name="shadow_of_flow"),
            models.Index(fields=("subject",), name="shadow_subject", condition=~Q(subject="")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("interface", "reference"), condition=~Q(reference=""), name="shadow_reference_once"
            ),
        )

    def __str__(self) -> str:
        return self.reference or str(self.uid)
