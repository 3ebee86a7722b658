"""What foreign names mean here, and how they are spelt."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.masterdata.models import Crosswalk, CrosswalkKind, Matched, Normalisation
from qms.ui.filters import Choices, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

VIEW, RESOLVE = "masterdata.view", "interface.resolve"
ENDED = Q(until__isnull=False, withdrawn_at=None)

NAMES = ListSpec(
    name="names",
    title=_("Names in other systems"),
    model=Crosswalk,
    permission=VIEW,
    rows=lambda user: Crosswalk.objects.visible_to(user).select_related("site", "made_by"),
    columns=(
        Column("foreign_value", _("Name there"), kind="record", sort="foreign_value"),
        Column("meaning", _("Name here"), sort="local_value"),
        Column("source", _("Source"), sort="source"),
        Column("kind", _("Kind"), choices=CrosswalkKind.choices),
        Column("revision", _("For the revision")),
        Column("site", _("For the site"), source="site.code"),
        Column("since", _("Since"), kind="moment", sort="since"),
        Column("until", _("Until"), kind="moment"),
        Column("matched", _("How it was matched"), choices=Matched.choices),
        Column("made_by", _("Entered by"), kind="user"),
        Column("made_at", _("Entered"), kind="moment", sort="made_at", shown=False),
        Column("withdrawn_at", _("Taken back"), kind="moment", shown=False),
    ),
    filters=(
        Flag("current", _("Good now"), where=Q(until=None, withdrawn_at=None)),
        Flag("several", _("Stands for several"), where=Q(local_value="", until=None, withdrawn_at=None)),
        Flag("ended", _("Ended"), where=ENDED),
        Flag("withdrawn", _("Taken back"), where=Q(withdrawn_at__isnull=False)),
        Choices("kind", _("Kind"), choices=CrosswalkKind.choices),
        Text("source", _("Source"), lookup="exact"),
        Text("there", _("Name there"), field="foreign_value", lookup="exact"),
        Text("here", _("Name here"), field="local_value", lookup="exact"),
    ),
    tabs=(
        Tab(_("Good now"), {"current": "1"}),
        Tab(_("Stands for several"), {"several": "1"}),
        Tab(_("Ended"), {"ended": "1"}),
        Tab(_("Taken back"), {"withdrawn": "1"}),
        Tab(_("All"), {}),
    ),
    search=("foreign_value", "local_value"),
    order="-id",
    actions=(
        Action(_("New entry"), "connectors:name-new", permission=RESOLVE, icon="plus"),
        Action(_("Merge"), "connectors:name-merge", permission=RESOLVE, icon="merge"),
        Action(_("Split"), "connectors:name-split", permission=RESOLVE, icon="split"),
        Action(_("Spelling"), "connectors:spellings", permission=VIEW, icon="spell-check"),
    ),
    empty=_("When another system calls a part, lot or order by a name of its own, say here once what it means."),
)

SPELLINGS = ListSpec(
    name="spellings",
    title=_("Spelling of foreign names"),
    model=Normalisation,
    permission=VIEW,
    rows=lambda user: Normalisation.objects.visible_to(user).select_related("made_by"),
    columns=(
        Column("source", _("Source"), kind="record", sort="source"),
        Column("kind", _("Kind"), choices=CrosswalkKind.choices),
        Column("edition", _("Edition"), kind="number"),
        Column("examples", _("Examples"), kind="number", source=lambda row: len(row.examples)),
        Column("activated_at", _("In use since"), kind="moment", sort="activated_at"),
        Column("retired_at", _("In use until"), kind="moment"),
        Column("made_by", _("Drafted by"), kind="user"),
        Column("note", _("Why"), wide=True),
    ),
    filters=(
        Flag("used", _("In use"), where=Q(activated_at__isnull=False, retired_at=None)),
        Choices("kind", _("Kind"), choices=CrosswalkKind.choices),
        Text("source", _("Source"), lookup="exact"),
    ),
    tabs=(Tab(_("In use"), {"used": "1"}), Tab(_("All"), {})),
    search=("source",),
    order="-id",
    actions=(Action(_("Draft a rule"), "connectors:spelling-new", permission="mapping.edit", icon="plus"),),
    empty=_("A system that writes “lot-0012” where we write “LOT12” needs a rule of spelling here, with its examples."),
)
