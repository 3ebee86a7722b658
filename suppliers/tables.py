"""How supplier blocks are listed."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

from .models import STANDING, SupplierBlock
from .workflow import PROPOSE, SUPPLIER_BLOCK

SUPPLIER_BLOCKS = ListSpec(
    name="supplier-blocks",
    title=_("Supplier blocks"),
    model=SupplierBlock,
    permission="supplier_block.view",
    rows=lambda user: (
        SupplierBlock.objects.visible_to(user)
        .select_related("site", "supplier", "item", "ncr", "owner", "created_by", "blocked_by", "lifted_by")
        .annotate(waiting=Count("orders", filter=Q(orders__answer="")))
    ),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("supplier", _("Supplier"), source="supplier.number"),
        Column("supplier_name", _("Name"), source="supplier.name"),
        Column("part", _("Part"), source="item.number"),
        Column("state", _("Status"), kind="state", states=SUPPLIER_BLOCK.states),
        Column("level", _("In the ERP"), source="get_level_display"),
        Column("waiting", _("Orders to answer"), kind="number", align="end"),
        Column("reason", _("Reason"), wide=True),
        Column("ncr", _("Nonconformance"), source="ncr.number"),
        Column("blocked_at", _("In force since"), kind="moment"),
        Column("lifted_at", _("Lifted"), kind="moment", shown=False),
        Column("owner", _("Owner"), kind="user"),
        Column("created_by", _("Proposed by"), kind="user", shown=False),
        Column("blocked_by", _("Put in force by"), kind="user", shown=False),
        Column("lifted_by", _("Lifted by"), kind="user", shown=False),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=SUPPLIER_BLOCK.choices),
        Text("supplier", _("Supplier"), field="supplier__number", lookup="exact"),
        Text("part", _("Part"), field="item__number", lookup="exact"),
        DateRange("blocked", _("In force since"), field="blocked_at"),
        Flag("open_orders", _("Orders to answer"), where=lambda user: Q(orders__answer="")),
        Flag("mine", _("Mine"), where=lambda user: Q(owner=user)),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("To sign"), {"state": ["PROPOSED", "LIFT_PROPOSED"]}),
        Tab(_("In force"), {"state": [*STANDING]}),
    ),
    search=("number", "reason", "supplier__number", "supplier__name"),
    order="-id",
    actions=(Action(_("Propose a block"), "suppliers:supplierblock-create", permission=PROPOSE, icon="plus"),),
    empty=_(
        "A block says that nothing more is to be ordered from a supplier. It is proposed with a reason, put in force by"
        " signature, and orders that go there all the same are told to its owner."
    ),
    help_template="suppliers/_help.html",
)
