"""How NCRs and holds are listed: one declaration for page, CSV, XLSX and API."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.commands.choices import Ask
from qms.commands.models import Command
from qms.commands.workflow import COMMAND, WAITS
from qms.lib.clock import now
from qms.ui.filters import Choices, DateRange, Flag, NumberRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from .choices import Effect, Origin, Severity
from .models import DefectCode, Hold, Nonconformance
from .models.records import PROVISIONAL
from .queries.onhold import pieces
from .workflow import HOLD, NCR


def _mine(user: Any) -> Q:
    return Q(owner=user)


@dataclass(frozen=True, kw_only=True)
class Piece(Text):
    """Holds under which a piece stands: named by itself, or with the lot that contains it."""

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        return pieces([value]) if (value := cleaned.get(self.name)) else None


NCRS = ListSpec(
    name="ncrs",
    title=_("Nonconformances"),
    model=Nonconformance,
    permission="ncr.view",
    rows=lambda user: Nonconformance.objects.visible_to(user).select_related("owner", "site", "defect_code"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("title", _("Title")),
        Column("part_number", _("Part")),
        Column("lot_number", _("Lot")),
        Column("defect_code", _("Defect"), source="defect_code.label", code="defect_code.code", shown=False),
        Column("affected_quantity", _("Quantity"), kind="quantity", unit="unit", align="end"),
        Column("severity", _("Severity"), choices=Severity.choices),
        Column("state", _("Status"), kind="state", states=NCR.states),
        Column("owner", _("Owner"), kind="user"),
        Column("occurred_at", _("Found"), kind="age", sort="occurred_at"),
        Column("due_date", _("Due"), kind="date", shown=False),
        Column("order_number", _("Order"), shown=False),
        Column("operation_name", _("Operation"), shown=False),
        Column("supplier_name", _("Supplier"), shown=False),
        Column("origin", _("Origin"), choices=Origin.choices, shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("created_at", _("Recorded"), kind="moment", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=NCR.choices),
        Choices("severity", _("Severity"), choices=Severity.choices),
        Choices("origin", _("Origin"), choices=Origin.choices),
        Text("lot", _("Lot"), field="lot_number", lookup="exact"),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("code", _("Defect code"), field="defect_code__code", lookup="exact"),
        DateRange("occurred", _("Found"), field="occurred_at"),
        NumberRange("quantity", _("Quantity"), field="affected_quantity"),
        Flag("mine", _("Mine"), where=_mine),
        Flag("provisional", _("Provisional lot"), where=PROVISIONAL),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Open"), {"state": list(NCR.open_states)}),
        Tab(_("In MRB"), {"state": ["IN_MRB"]}),
        Tab(_("Verification"), {"state": ["VERIFICATION"]}),
        Tab(_("Mine"), {"mine": "1"}),
    ),
    search=("number", "title", "lot_number", "part_number"),
    order="-id",
    actions=(Action(_("Report a nonconformance"), "ncr:create", permission="ncr.report", icon="plus"),),
    empty=_("Nonconformances appear here when somebody reports one or the MES sends a defect."),
)

HOLDS = ListSpec(
    name="holds",
    title=_("Holds"),
    model=Hold,
    permission="hold.view",
    rows=lambda user: Hold.objects.visible_to(user).select_related("ncr"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("ncr", "NCR", source="ncr.number"),
        Column("lot_number", _("Lot")),
        Column("quantity", _("Quantity"), kind="quantity", unit="unit", align="end"),
        Column("effect", _("Effect"), choices=Effect.choices),
        Column("state", _("Status"), kind="state", states=HOLD.states),
        Column("reason", _("Reason")),
        Column("requested_at", _("Requested"), kind="age"),
        Column("active_at", _("Active since"), kind="moment", shown=False),
        Column("review_date", _("Review on"), kind="date"),
    ),
    filters=(
        Choices("state", _("Status"), choices=HOLD.choices),
        Choices("effect", _("Effect"), choices=Effect.choices),
        Text("lot", _("Lot"), field="lot_number", lookup="exact"),
        Piece("serial", _("Serial number")),
        Text("ncr", "NCR", field="ncr__number", lookup="exact"),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("Open"), {"state": list(HOLD.open_states)})),
    search=("number", "lot_number"),
    order="-id",
    empty=_("A hold is requested from an NCR; it is active once the ERP has moved the lot."),
)


def _seen(user: Any) -> Any:
    """Where the record is closed to the reader, so is what was asked for it."""
    records = Nonconformance.objects.visible_to(user).values("number")
    return Command.objects.visible_to(user).filter(record_number__in=records)


def _record(row: Any) -> str:
    return reverse("ui:record", args=[row.record_number])


COMMANDS = ListSpec(
    name="commands",
    title=_("Commands to the shop floor"),
    model=Command,
    permission="ncr.view",
    rows=_seen,
    columns=(
        Column("kind", _("Command"), kind="link", choices=Ask.choices, link=lambda row: row.get_absolute_url()),
        Column("target", _("System"), sort="target"),
        Column("record_number", _("Record"), kind="link", link=_record),
        Column("lot", _("Lot")),
        Column("state", _("Status"), kind="state", states=COMMAND.states),
        Column("text", _("Instruction"), wide=True),
        Column("requested_at", _("Requested"), kind="moment", sort="id"),
        Column("due_at", _("Next answer due"), kind="moment", sort="due_at"),
        Column("overdue", _("Missed deadlines"), kind="number"),
        Column("problem", _("Problem"), wide=True),
        Column("valid_until", _("Valid until"), kind="moment", shown=False),
    ),
    filters=(
        Choices("kind", _("Command"), choices=Ask.choices),
        Choices("state", _("Status"), choices=COMMAND.choices),
        Text("target", _("System"), field="target", lookup="exact"),
        Text("record", _("Record"), field="record_number", lookup="exact"),
        Text("lot", _("Lot"), field="lot", lookup="exact"),
        Flag("late", _("Overdue"), where=lambda user: Q(state="EXPIRED") | Q(overdue__gt=0, state__in=WAITS)),
        DateRange("requested", _("Requested"), field="requested_at"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Waiting for the system"), {"state": [*WAITS, "CANCEL_REQUESTED"]}),
        Tab(_("Overdue"), {"late": "1"}),
        Tab(_("Rejected or breached"), {"state": ["REJECTED", "BREACHED"]}),
        Tab(_("To verify"), {"state": ["EXECUTED"]}),
    ),
    search=("record_number", "lot", "text", "target"),
    order="-id",
    empty=_("Commands appear here when a hold is requested, or when somebody instructs the shop floor from a record."),
)

CURRENT = Mark("current", _("In use"), "success")
COMING = Mark("coming", _("Not yet in use"), "info")
RETIRED = Mark("retired", _("Retired"), "muted")
CODE_STATES = (CURRENT, COMING, RETIRED)


def code_state(code: DefectCode) -> str:
    return (RETIRED if code.is_retired else COMING if code.valid_from > now().date() else CURRENT).code


def _today(*, retired: bool) -> Q:
    past = Q(valid_to__lt=now().date())
    return past if retired else ~past | Q(valid_to=None)


DEFECT_CODES = ListSpec(
    name="defect-codes",
    title=_("Defect codes"),
    model=DefectCode,
    permission="ncr.view",
    rows=DefectCode.objects.visible_to,
    columns=(
        Column("code", _("Code"), kind="record", sort="code"),
        Column("label_en", _("English label"), sort="label_en", wide=True),
        Column("label_zh_hans", _("Chinese label")),
        Column("severity", _("Severity"), choices=Severity.choices),
        Column("state", _("Status"), kind="state", source=code_state, states=CODE_STATES),
        Column("valid_from", _("First day"), kind="date", sort="valid_from"),
        Column("valid_to", _("Last day"), kind="date", sort="valid_to"),
    ),
    filters=(
        Choices("severity", _("Severity"), choices=Severity.choices),
        Flag("current", _("In use"), where=lambda user: _today(retired=False)),
        Flag("retired", _("Retired"), where=lambda user: _today(retired=True)),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("In use"), {"current": "1"}), Tab(_("Retired"), {"retired": "1"})),
    search=("code", "label_en", "label_zh_hans"),
    order="code",
    actions=(Action(_("New defect code"), "ncr:code-create", permission="ncr.catalogue", icon="plus"),),
    empty=_("Without defect codes nothing can be reported. Make the first one."),
)
