"""What is expected to be heard: a flow is one kind of message or object of one interface, in one direction."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.trail import PLUMBING

from .interfaces import Interface


class Direction(models.TextChoices):
    IN = "in", _("From there")
    OUT = "out", _("To there")


class FlowQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))

    def watched(self) -> Self:
        return self.filter(interface__in=Interface.objects.live()).exclude(every=None, learned_every=None)


class Flow(Regulated):
    """At least one in `every` seconds (declared) or in `learned_every` (from what was heard, `learned` says how). Inward it is
    heard when a message is received or an object is read; outward when nothing waits for longer than that."""

    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="flows")
    object = models.CharField(_("object or type of message"), max_length=80)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    every = models.IntegerField(_("at least one in (s)"), null=True, blank=True)
    grace = models.IntegerField(_("grace (s)"), default=60)
    in_plant_hours = models.BooleanField(_("counted in the plant's working time"), default=True)
    learned_every = models.IntegerField(_("learned: at least one in (s)"), null=True, blank=True)
    learned = models.JSONField(_("how it was learned"), default=dict, blank=True)
    since = DatabaseTime()
    history = Trail()
    deletable = True
    frozen = ("interface", "object", "direction")
    objects = FlowQuerySet.as_manager()

    class Meta:
        verbose_name = _("flow")
        ordering = ("interface", "direction", "object")
        constraints = (
            models.UniqueConstraint(fields=("interface", "object", "direction"), name="flow_once"),
            models.CheckConstraint(condition=Q(every=None) | Q(every__gte=10), name="flow_every"),
            models.CheckConstraint(condition=Q(grace__gte=0), name="flow_grace"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.direction}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:interface", args=[self.interface.code]) + "?tab=flows"

    @property
    def expected(self) -> int:
        """Seconds; what was declared counts before what was learned."""
        return self.every or self.learned_every or 0


class FlowState(models.Model):
    trail_class = PLUMBING
    flow = models.OneToOneField(Flow, on_delete=models.CASCADE, primary_key=True, related_name="state")
    heard_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    rung = models.IntegerField(default=0)  # of the ladder: who was told last
    told_at = models.DateTimeField(null=True)


class DaemonQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self if access.may(user, "interface.view") else self.none()


class Daemon(models.Model):
    """A process of ours that is expected to beat. It belongs to no site: everybody who sees interfaces sees its alarm."""

    trail_class = PLUMBING
    site_id = None
    name = models.CharField(max_length=40, primary_key=True)
    silent_since = models.DateTimeField(null=True)
    rung = models.IntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    objects = DaemonQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("connectors:monitor")
