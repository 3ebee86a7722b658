"""What the messages of one kind look like over one interface, and the shapes that came and were none of it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.trail import PLUMBING

from .inbox import InboxMessage
from .interfaces import Interface


class ContractQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))


class Contract(Regulated):
    """`shape`: {pointer: {"types": […], "always": bool, "filled": percent of the samples, "codes": […] or null}}; `learned`: from
    what. A pointer's `*` stands for every member of a list."""

    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="contracts")
    message_type = models.CharField(_("type of message"), max_length=80)
    edition = models.IntegerField(_("edition"), default=1)
    shape = models.JSONField(_("shape"), default=dict)
    learned = models.JSONField(_("learned from"), default=dict)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("accepted by"),
    )
    accepted_at = models.DateTimeField(_("accepted"))
    history = Trail()
    frozen = ("interface", "message_type")
    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract of a message")
        ordering = ("interface", "message_type")
        constraints = (models.UniqueConstraint(fields=("interface", "message_type"), name="contract_once"),)

    def __str__(self) -> str:
        return f"{self.interface.code} {self.message_type}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:contract", args=[self.interface.code, self.pk])


class SeenShape(models.Model):
    """A shape that departs from the contract, once: `findings` [[kind, pointer, what came]], `stops` when one of them does."""

    trail_class = PLUMBING
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="seen", db_index=False)
    edition = models.IntegerField()
    mark = models.CharField(max_length=32)
    shape = models.JSONField()
    findings = models.JSONField()
    stops = models.BooleanField()
    message = models.ForeignKey(InboxMessage, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    seen_at = DatabaseTime(_("first seen"))

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("contract", "edition", "mark"), name="shape_once"),)
