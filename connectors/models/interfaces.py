"""Interfaces and how they do."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.commands.choices import Ask
from qms.commands.targets import kinds_of
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.trail import PLUMBING


class Kind(models.TextChoices):
    ERP = "erp", _("ERP")
    MES = "mes", _("MES")


# Transports that we read by the clock (of a MES or an ERP), and those that hold a line open (connectors.transports).
# The last are pushed by a webhook of the other side.
POLLED, LISTENING, PUSHED = ("folder", "sftp", "view", "soap"), ("mqtt",), ("alerts",)


class Mode(models.TextChoices):
    OFF = "off", _("Off")
    OBSERVE = "observe", _("Observe")
    LIVE = "live", _("Live")


class Criticality(models.TextChoices):
    LOW = "low", _("Low: nobody waits for it")
    MEDIUM = "medium", _("Medium: work goes on by the fallback")
    HIGH = "high", _("High: quality decisions wait for it")


class Validation(models.TextChoices):
    NONE = "none", _("Not validated")
    VALIDATED = "validated", _("Validated")
    DUE = "due", _("To be validated again")


class InterfaceQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "interface.view")

    def live(self) -> Self:
        return self.filter(mode=Mode.LIVE, paused_at=None)

    def heard(self) -> Self:
        """With `heard_at`: when something last went through as it should, either way; None when nothing ever did."""
        from .inbox import InboxMessage

        mine = InboxMessage.objects.filter(interface=OuterRef("pk"), state="APPLIED")
        taken = Subquery(mine.order_by("-pk").values("applied_at")[:1])
        return self.annotate(heard_at=Greatest(F("state__succeeded_at"), taken))


class Interface(Regulated):
    """One connection to one system, with an owner and a purpose. `code` is the `source` of everything that came through it."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    purpose = models.TextField(_("purpose"), blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    backup = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("stands in for the owner"),
    )  # fmt: skip
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    adapter = models.CharField(_("adapter"), max_length=40)
    base_url = models.CharField(_("address"), max_length=300, blank=True, default="")
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    credentials = models.TextField(blank=True, default="")  # Fernet, key ids in QMS_FIELD_KEYS; never shown
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.OFF)
    # Where a flow begins of which nothing was decided: an interface that a person makes begins in shadow.
    first_stage = models.CharField(
        _("flows begin in"), max_length=8, default="live",
        choices=(("observe", _("Observe")), ("shadow", _("Shadow")), ("live", _("Live"))),
    )  # fmt: skip
    sync_every = models.IntegerField(_("read every (s)"), default=300)
    criticality = models.CharField(_("criticality"), max_length=8, choices=Criticality, default=Criticality.MEDIUM)
    agreement = models.TextField(_("service level"), blank=True, default="")
    fallback = models.TextField(_("procedure when it is down"), blank=True, default="")
    validation = models.CharField(_("validation"), max_length=12, choices=Validation, default=Validation.NONE)
    escalate_after = models.IntegerField(_("next person is told after (s)"), default=1800)
    silent_after = models.IntegerField(_("silence alarm after (s)"), default=900)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    history = Trail(excluded_fields=("credentials",))
    trail_omit = ("credentials",)
    sealed_fields = ("credentials",)
    frozen = ("code", "kind")
    objects = InterfaceQuerySet.as_manager()
    heard_at: Any  # by `heard()`

    class Meta:
        verbose_name = _("interface")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("connectors:interface", args=[self.code])

    @property
    def is_read(self) -> bool:
        """By the clock, and on demand; otherwise the other side sends."""
        return self.kind == Kind.ERP and not self.is_transport and self.adapter != "push" or self.is_polled

    @property
    def is_polled(self) -> bool:
        return self.adapter in POLLED

    @property
    def is_transport(self) -> bool:
        return self.adapter in (*POLLED, *LISTENING, *PUSHED)

    @property
    def takes(self) -> frozenset[str]:
        """Kinds of commands that it fetches and answers."""
        return kinds_of(self.settings.get("takes_commands")) if self.kind == Kind.MES else frozenset()

    @property
    def takes_shown(self) -> str:
        return ", ".join(str(Ask(kind).label) for kind in sorted(self.takes)) or "–"


class InterfaceState(models.Model):
    """How the interface does, by the clock; kept apart so that it makes no version of the interface."""

    trail_class = PLUMBING
    interface = models.OneToOneField(Interface, on_delete=models.CASCADE, primary_key=True, related_name="state")
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    next_sync_at = models.DateTimeField(null=True, db_index=True)
    silent_since = models.DateTimeField(null=True)  # the alarm was raised; once per silence
    rung = models.IntegerField(default=0)  # of the ladder: who was told last
    told_at = models.DateTimeField(null=True)
    failures_in_row = models.IntegerField(default=0)
    believed = models.JSONField(default=dict, blank=True)  # object → how many may vanish with the next reading
    open_until = models.DateTimeField(null=True)  # the circuit: nothing is sent before, then one delivery tries
