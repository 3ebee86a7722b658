"""Mappings: how a foreign message becomes ours, as a record that is drafted, tested, approved and used."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Cast, Concat, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField
from qms.records.models import Record

from .interfaces import Interface

USED = ("APPROVED", "ACTIVE", "RETIRED")
# What was tested is what is used: the database compares, so that no statement changes a rule behind its test.
CONTENT = MD5(Concat(Cast("rules", models.TextField()), Cast("vectors", models.TextField())))


class Mapping(Record):
    """One edition for one type of message of one interface; at most one is active.

    `rules` as `connectors.mapping` reads them. `vectors`: [{"name", "message": the foreign data as JSON text, "expect": our
    fields by dotted name as text, or "fault": true}].
    """

    prefix, noun, view_permission = "MAP", "mapping", "mapping.view"
    number = NumberField(_("number"), prefix="MAP")
    interface = models.ForeignKey(
        Interface, on_delete=models.PROTECT, related_name="mappings", verbose_name=_("interface"), db_index=False
    )
    message_type = models.CharField(_("type of message"), max_length=80)
    edition = models.IntegerField(_("edition"))
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.TextField(_("what it changes and why"))
    rules = models.JSONField(_("rules"), default=dict)
    vectors = models.JSONField(_("tests"), default=list)
    tested = models.CharField(_("content that was tested"), max_length=32, blank=True, default="")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("last edited by"),
        db_index=False,
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved by"),
        db_index=False,
    )
    activated_at = models.DateTimeField(_("active since"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "interface", "message_type", "edition", "base")

    class Meta:
        verbose_name = _("mapping")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="mapping_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "message_type")),
                name="mapping_search",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("interface", "message_type", "edition"), name="mapping_edition_once"),
            models.UniqueConstraint(
                fields=("interface", "message_type"), condition=Q(state="ACTIVE"), name="mapping_one_active"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("DRAFT", "CANCELLED")) | Q(tested=CONTENT), name="mapping_as_tested"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=USED) | Q(approved_by__isnull=False), name="mapping_used_is_approved"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
                name="mapping_four_eyes",
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.interface.code} · {self.message_type} · {self.edition}"

    def signed_content(self) -> dict[str, Any]:
        return {
            "edition": self.edition,
            "interface": self.interface.code,
            "message_type": self.message_type,
            "note": self.note,
            "rules": self.rules,
            "vectors": self.vectors,
        }

    def get_absolute_url(self) -> str:
        return reverse("connectors:mapping-detail", args=[self.number])
