"""How imports are listed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange
from qms.ui.listspec import Action, Column, ListSpec

from . import queries, registry
from .models import RIGHT, ImportBatch


def kind_label(batch: Any) -> Any:
    kind = registry.KINDS.get(batch.kind)
    return kind.label if kind else batch.kind


IMPORTS = ListSpec(
    name="imports",
    title=_("Imports"),
    model=ImportBatch,
    permission=RIGHT,
    rows=lambda user: ImportBatch.objects.visible_to(user).select_related("site", "uploaded_by", "progress"),
    columns=(
        Column("file_name", _("File"), kind="record", sort="file_name"),
        Column("kind", _("What is imported"), source=kind_label),
        Column("source", _("Old system"), sort="source"),
        Column("site", _("Site"), source="site.code"),
        Column("phase", _("Status"), kind="state", source=queries.phase, states=queries.PHASES),
        Column("uploaded_at", _("Uploaded"), kind="moment", sort="id"),
        Column("uploaded_by", _("Uploaded by"), kind="user"),
        Column("applied_at", _("Imported"), kind="moment"),
        Column("sha256", "SHA-256", shown=False),
    ),
    filters=(
        Choices("kind", _("What is imported"), choices=registry.names),
        DateRange("uploaded", _("Uploaded"), field="uploaded_at"),
    ),
    search=("file_name", "source"),
    order="-id",
    actions=(Action(_("New import"), "imports:upload", permission=RIGHT, icon="upload"),),
    empty=_("Parts, suppliers, lots, gauges and open nonconformances come from the system used so far by a file."),
)
