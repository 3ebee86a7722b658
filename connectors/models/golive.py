"""The decision to let a flow go live, on a comparison of what it would have done with what is really there."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.lib import canonical
from qms.lib.fields import NumberField
from qms.records.models import Record

from .flows import Direction
from .interfaces import Interface


class Kept(models.TextChoices):
    """What becomes of messages and postings that were kept while the flow was not live."""

    LEAVE = "leave", _("Leave them as they were observed")
    APPLY = "apply", _("Apply or send those kept since a moment that have no match")


class GoLive(Record):
    """`counts`: {"seen", "matched", "differing", "missing_there", "missing_here", "waiting", "refused", …}; `lines`: [{"kind",
    "key", "ours", "theirs", "fields", "message"}] of everything that was compared, what differs first."""

    prefix, noun, view_permission = "GLV", "golive", "go_live.view"
    number = NumberField(_("number"), prefix="GLV")
    interface = models.ForeignKey(
        Interface, on_delete=models.PROTECT, related_name="golives", verbose_name=_("interface"), db_index=False
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    object = models.CharField(_("object or type of message"), max_length=80)
    scope = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("only for the site"), db_index=False
    )
    since = models.DateTimeField(_("compared from"))
    until = models.DateTimeField(_("compared to"))
    note = models.TextField(_("what was found and why it may go live"))
    kept = models.CharField(_("what was kept"), max_length=5, choices=Kept, default=Kept.LEAVE)
    kept_since = models.DateTimeField(_("kept since"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    lines = models.JSONField(_("comparison"), default=list, blank=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last counted by"),
        db_index=False,
    )  # fmt: skip
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("released by"),
        db_index=False,
    )  # fmt: skip
    history = Trail()
    frozen = (*Record.frozen, "interface", "direction", "object", "scope", "since")

    class Meta:
        verbose_name = _("go-live decision")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="golive_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "object")), name="golive_search"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(kept="leave") | Q(kept_since__isnull=False), name="golive_kept_since"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="golive_period"),
            models.CheckConstraint(
                condition=~Q(state="LIVE") | Q(signed_by__isnull=False), name="golive_live_is_signed"
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("created_by")) & ~Q(signed_by=F("counted_by")),
                name="golive_four_eyes",
            ),
        )

    @property
    def title(self) -> str:
        where = f" · {self.scope.code}" if self.scope else ""
        return f"{self.interface.code} · {self.object}{where}"

    def signed_content(self) -> dict[str, Any]:
        return {
            "counts": self.counts,
            "direction": self.direction,
            "interface": self.interface.code,
            "kept": self.kept,
            "kept_since": canonical.instant(self.kept_since) if self.kept_since else "",
            "lines": self.lines,
            "note": self.note,
            "object": self.object,
            "scope": self.scope.code if self.scope else "",
            "since": canonical.instant(self.since),
            "until": canonical.instant(self.until),
        }

    def get_absolute_url(self) -> str:
        return reverse("connectors:golive-detail", args=[self.number])
