"""How NCRs and holds are listed: one declaration for page, CSV, XLSX and API."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.ui.filters import Choices, DateRange, Flag, NumberRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from .choices import Effect, Origin, Severity
from .models import DefectCode, Hold, Nonconformance
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
