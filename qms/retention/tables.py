"""How legal holds, disposals, tombstones and retention classes are listed."""

from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.records.models import REGISTRY, RetentionClass, Tombstone
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

from .models import Disposal, LegalHold
from .workflow import DISPOSAL, HOLD_RIGHT, LEGAL_HOLD, PROPOSE

HOLDS = ListSpec(
    name="legal-holds",
    title=_("Legal holds"),
    model=LegalHold,
    permission="legal_hold.view",
    rows=lambda user: LegalHold.objects.visible_to(user).select_related("site", "created_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("reason", _("Reason"), wide=True),
        Column("state", _("Status"), kind="state", states=LEGAL_HOLD.states),
        Column("placed_at", _("Placed"), kind="moment", sort="placed_at"),
        Column("lifted_at", _("Lifted"), kind="moment"),
        Column("created_by", _("Placed by"), kind="user"),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(Choices("state", _("Status"), choices=LEGAL_HOLD.choices),),
    tabs=(Tab(_("All"), {}), Tab(_("Standing"), {"state": ["STANDING"]})),
    search=("number", "reason"),
    order="-id",
    actions=(
        Action(_("Place a legal hold"), "retention:legalhold-create", permission=HOLD_RIGHT, icon="plus"),
        Action(_("Disposals"), "retention:disposal-list", permission="disposal.view", icon="archive"),
        Action(_("Retention classes"), "retention:classes", permission="retention.view", icon="calendar-clock"),
    ),
    empty=_(
        "A legal hold keeps records beyond their retention, for a claim, a recall or an authority. While it stands nothing under"
        " it can be disposed of."
    ),
    help_template="retention/_help.html",
)

DISPOSALS = ListSpec(
    name="disposals",
    title=_("Disposals"),
    model=Disposal,
    permission="disposal.view",
    rows=lambda user: Disposal.objects.visible_to(user).select_related("site", "proposed_by", "approved_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("reason", _("Reason"), wide=True),
        Column("records", _("Number of records"), kind="number", source=lambda row: len(row.numbers)),
        Column("state", _("Status"), kind="state", states=DISPOSAL.states),
        Column("proposed_by", _("Proposed by"), kind="user"),
        Column("approved_by", _("Approved by"), kind="user"),
        Column("created_at", _("Recorded"), kind="moment", sort="created_at"),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(Choices("state", _("Status"), choices=DISPOSAL.choices),),
    tabs=(Tab(_("All"), {}), Tab(_("Open"), {"state": ["DRAFT", "PROPOSED"]})),
    search=("number", "reason"),
    order="-id",
    actions=(
        Action(_("Prepare a disposal"), "retention:disposal-create", permission=PROPOSE, icon="plus"),
        Action(_("Records disposed of"), "retention:tombstones", permission="disposal.view", icon="archive-x"),
    ),
    empty=_(
        "A record at the end of its retention is disposed of by two signatures. Nothing is deleted: number, dates, class and who"
        " signed stay to be seen, and so does the audit trail."
    ),
    help_template="retention/_help.html",
)


def stones(user: Any) -> Any:
    """Those of records that the reader might have seen."""
    shown = Q(pk__in=[])
    for model in REGISTRY.values():
        manager: Any = model._base_manager
        keys = access.visible_to(manager.all(), user, model.view_permission).values("pk")
        shown |= Q(record_type=model._meta.label_lower, record_key__in=keys)
    return Tombstone.objects.filter(shown).select_related("retention", "site", "proposed_by", "approved_by")


TOMBSTONES = ListSpec(
    name="tombstones",
    title=_("Records disposed of"),
    model=Tombstone,
    permission="disposal.view",
    rows=stones,
    columns=(
        Column("number", _("Number"), kind="record", sort="number"),
        Column("kind", _("Kind of record"), source=lambda row: apps.get_model(row.record_type)._meta.verbose_name),
        Column("recorded_at", _("Recorded"), kind="moment"),
        Column("closed_at", _("Closed"), kind="moment"),
        Column("kept_until", _("Kept until"), kind="date", sort="kept_until"),
        Column("retention", _("Retention class")),
        Column("disposed_at", _("Disposed of"), kind="moment", sort="disposed_at"),
        Column("disposal", _("Disposal"), source="disposal_number"),
        Column("proposed_by", _("Proposed by"), kind="user"),
        Column("approved_by", _("Approved by"), kind="user"),
    ),
    filters=(
        Text("disposal", _("Disposal"), field="disposal_number", lookup="exact"),
        DateRange("disposed", _("Disposed of"), field="disposed_at"),
    ),
    search=("number",),
    order="-disposed_at",
    empty=_("No record was disposed of so far."),
)

CLASSES = ListSpec(
    name="retention-classes",
    title=_("Retention classes"),
    model=RetentionClass,
    permission="retention.view",
    rows=RetentionClass.objects.visible_to,
    columns=(
        Column("code", _("Code"), kind="record", sort="code"),
        Column("kind", _("Kind of record"), source=lambda row: apps.get_model(row.record_type)._meta.verbose_name),
        Column("label", _("Name")),
        Column("years", _("Years from closure"), kind="number", sort="years"),
        Column("basis", _("Basis"), wide=True),
    ),
    search=("code", "label_en", "label_zh_hans", "basis"),
    order="code",
    empty=_("Each kind of record gets its class when it is installed."),
    help_template="retention/_help.html",
)
