"""What two systems say of a field."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.masterdata.models import FieldConflict
from qms.ui.filters import Choices, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

CONFLICTS = ListSpec(
    name="conflicts",
    title=_("Conflicts of fields"),
    model=FieldConflict,
    permission="ncr.view",
    rows=lambda user: FieldConflict.objects.visible_to(user).select_related("decided_by", "site"),
    columns=(
        Column("field", _("Field"), kind="record", sort="field"),
        Column(
            "record_number", _("Record"), kind="link", link=lambda row: reverse("ui:record", args=[row.record_number])
        ),
        Column("ours", _("Here"), wide=True),
        Column("theirs", _("There"), wide=True),
        Column("source", _("Told by")),
        Column("told_at", _("Told"), kind="age", sort="told_at"),
        Column("decision", _("Decision"), choices=FieldConflict.DECISIONS),
        Column("decided_by", _("Decided by"), kind="user"),
        Column("decided_at", _("Decided"), kind="moment", shown=False),
        Column("reason", _("Reason"), wide=True, shown=False),
        Column("message", _("Message"), shown=False),
    ),
    filters=(
        Flag("open", _("Open"), where=Q(decided_at=None)),
        Choices("decision", _("Decision"), choices=FieldConflict.DECISIONS),
        Text("record", _("Record"), field="record_number", lookup="exact"),
        Text("field", _("Field"), lookup="exact"),
    ),
    tabs=(Tab(_("Open"), {"open": "1"}), Tab(_("All"), {})),
    search=("record_number", "field", "theirs"),
    order="-id",
    actions=(Action(_("Who owns which field"), "masterdata:matrix-list", permission="mapping.view", icon="crown"),),
    empty=_(
        "When a system tells a value of a field that it does not own, and the matrix says that a person decides, both values"
        " wait here."
    ),
)
