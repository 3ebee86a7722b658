"""Lists of the mirror: one declaration each, named as the object."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Lookup, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

from .choices import Place
from .models import Matrix, MirrorQuerySet
from .specs import SPECS
from .workflow import EDIT, MATRIX

OBJECTS = {spec.model: spec.object for spec in SPECS.values()}


def url_of(row: Any) -> str:
    return reverse("masterdata:detail", args=[OBJECTS[type(row)], row.pk])


def link(path: str) -> Callable[[Any], str]:
    """URL of a parent, which may not have arrived yet."""
    return lambda row: url_of(found) if (found := getattr(row, path)) else "#"


NUMBER = Column("number", _("Number"), kind="record", sort="number", link=url_of)
NAME = Column("name", _("Name"), sort="name")
ACTIVE = Column("is_active", _("Active"), kind="yes")
STATE = Column("state_text", _("Status in the source"))
SUPPLIER = Column("supplier", _("Supplier"), source="supplier.name", kind="link", link=link("supplier"))
ITEM = Column("item", _("Part"), source="item.number", kind="link", link=link("item"))
ITEM_NAME = Column("item_name", _("Name of the part"), source="item.name")
QUANTITY = Column("quantity", _("Quantity"), kind="quantity", unit="unit.number")
CITY = Column("city", _("City"))
REVISION = Column("revision", _("Revision"))
VALID_FROM = Column("valid_from", _("Valid from"), kind="date", sort="valid_from")
LOT = Column("lot", _("Lot"), source="lot.number", kind="link", link=link("lot"))
LAST = (
    Column("synced_at", _("Last change taken over"), kind="moment", sort="synced_at"),
    Column("changed_at", _("Changed in the source"), kind="moment", shown=False),
    Column("source", _("Source"), shown=False),
    Column("external_id", _("Key in the source"), shown=False),
)
BY_SUPPLIER = Lookup("supplier", _("Supplier"), field="supplier__number", url="masterdata:supplier-lookup")
BY_ITEM = Lookup("item", _("Part"), field="item__number", url="masterdata:item-lookup")
BY_LOT = Lookup("lot", _("Lot"), field="lot__number", url="masterdata:lot-lookup")
STATES = Text("state", _("Status in the source"), field="state_text")


def mirror(name: str, title: Any, *columns: Column, joins: tuple[str, ...] = (), **more: Any) -> ListSpec:
    """A list of what a mirrored object's sources have now."""
    model = SPECS[name].model

    def rows(user: Any) -> MirrorQuerySet:
        found: MirrorQuerySet = model.objects.visible_to(user).live()
        return found.select_related(*joins) if joins else found

    return ListSpec(
        name=name,
        title=title,
        model=model,
        rows=rows,
        permission="masterdata.view",
        columns=(*columns, *LAST),
        search=more.pop("search", ("number", "name")),
        order="number",
        empty=_("Rows appear here when the interface to the ERP has read them."),
        **more,
    )


LISTS = {
    spec.name: spec
    for spec in (
        mirror(
            "items",
            _("Parts"),
            NUMBER,
            NAME,
            Column("unit", _("Unit"), source="unit.number"),
            Column("kind", _("Kind")),
            ACTIVE,
            joins=("unit",),
        ),
        mirror(
            "lots", _("Lots"), NUMBER, ITEM, ITEM_NAME, ACTIVE, joins=("item",), filters=(BY_ITEM,), search=("number",)
        ),
        mirror("suppliers", _("Suppliers"), NUMBER, NAME, CITY, ACTIVE),
        mirror("customers", _("Customers"), NUMBER, NAME, CITY, ACTIVE),
        mirror(
            "revisions",
            _("Revisions"),
            NUMBER,
            ITEM,
            ITEM_NAME,
            Column("description", _("Description"), wide=True),
            VALID_FROM,
            STATE,
            joins=("item",),
            filters=(BY_ITEM, STATES),
            search=("number", "item__number"),
        ),
        mirror(
            "boms",
            _("Bills of material"),
            NUMBER,
            ITEM,
            ITEM_NAME,
            REVISION,
            QUANTITY,
            Column("routing", _("Routing"), source="routing.number", kind="link", link=link("routing")),
            ACTIVE,
            joins=("item", "unit", "routing"),
            filters=(BY_ITEM,),
            search=("number", "item__number"),
        ),
        mirror("routings", _("Routings"), NUMBER, NAME, ACTIVE),
        mirror(
            "costs",
            _("Standard costs"),
            NUMBER,
            ITEM,
            ITEM_NAME,
            Column("amount", _("Cost per unit"), kind="number", sort="amount"),
            Column("currency", _("Currency")),
            Column("unit", _("Unit"), source="unit.number"),
            VALID_FROM,
            joins=("item", "unit"),
            filters=(BY_ITEM, DateRange("valid", _("Valid from"), field="valid_from", of_time=False)),
            search=("number",),
        ),
        mirror(
            "stock",
            _("Stock by location"),
            NUMBER,
            ITEM,
            LOT,
            Column("place_code", _("Place"), sort="place_code"),
            Column("place_name", _("Name of the place")),
            Column("place_role", _("Role of the place"), choices=Place.choices),
            QUANTITY,
            joins=("item", "lot", "unit"),
            filters=(BY_ITEM, BY_LOT, Text("place", _("Place"), field="place_code", lookup="exact")),
            search=("number", "lot__number", "item__number"),
        ),
        mirror(
            "serials",
            _("Serial numbers"),
            NUMBER,
            ITEM,
            ITEM_NAME,
            LOT,
            STATE,
            joins=("item", "lot"),
            filters=(BY_ITEM, BY_LOT, STATES),
            search=("number",),
        ),
        mirror(
            "genealogy",
            _("Genealogy"),
            NUMBER,
            Column("from_lot", _("From lot"), source="from_lot.number", kind="link", link=link("from_lot")),
            Column("to_lot", _("Into lot"), source="to_lot.number", kind="link", link=link("to_lot")),
            Column("from_serial", _("From serial"), source="from_serial.number", shown=False),
            Column("to_serial", _("Into serial"), source="to_serial.number", shown=False),
            QUANTITY,
            Column("document", _("Document")),
            joins=("from_lot", "to_lot", "from_serial", "to_serial", "order", "unit"),
            filters=(
                Lookup("from_lot", _("From lot"), field="from_lot__number", url="masterdata:lot-lookup"),
                Lookup("to_lot", _("Into lot"), field="to_lot__number", url="masterdata:lot-lookup"),
            ),
            search=("number", "document", "from_lot__number", "to_lot__number"),
        ),
        mirror(
            "shipments",
            _("Shipments to customers"),
            NUMBER,
            Column("customer", _("Customer"), source="customer.name", kind="link", link=link("customer")),
            STATE,
            Column("shipped_date", _("Shipped"), kind="date", sort="shipped_date"),
            joins=("customer",),
            filters=(
                Text("customer", _("Customer"), field="customer__number", lookup="exact"),
                STATES,
                DateRange("shipped", _("Shipped"), field="shipped_date", of_time=False),
            ),
            search=("number",),
        ),
        mirror(
            "equipment",
            _("Equipment"),
            NUMBER,
            NAME,
            Column("kind", _("Kind")),
            Column("work_center", _("Work center"), source="work_center.name", kind="link", link=link("work_center")),
            ACTIVE,
            joins=("work_center",),
        ),
        mirror(
            "document-references",
            _("Document references"),
            NUMBER,
            Column("title", _("Title"), sort="title", wide=True),
            Column("kind", _("Kind")),
            ITEM,
            Column("url", _("Address")),
            joins=("item",),
            filters=(BY_ITEM,),
            search=("number", "title"),
        ),
        mirror(
            "purchase-orders",
            _("Purchase orders"),
            NUMBER,
            SUPPLIER,
            STATE,
            Column("order_date", _("Order date"), kind="date", sort="order_date"),
            joins=("supplier",),
            filters=(BY_SUPPLIER, STATES, DateRange("ordered", _("Ordered"), field="order_date", of_time=False)),
            search=("number",),
        ),
        mirror(
            "receipts",
            _("Receipts"),
            NUMBER,
            SUPPLIER,
            STATE,
            Column("receipt_date", _("Receipt date"), kind="date", sort="receipt_date"),
            Column("is_return", _("Return of a customer"), kind="yes", shown=False),
            joins=("supplier",),
            filters=(BY_SUPPLIER, STATES, DateRange("received", _("Received"), field="receipt_date", of_time=False)),
            search=("number",),
        ),
        mirror(
            "production-orders",
            _("Production orders"),
            NUMBER,
            ITEM,
            ITEM_NAME,
            QUANTITY,
            STATE,
            Column("planned_date", _("Planned"), kind="date", sort="planned_date"),
            Column("finished_date", _("Received into stock"), kind="date", sort="finished_date"),
            joins=("item", "unit"),
            filters=(BY_ITEM, STATES),
            search=("number",),
        ),
        mirror("work-centers", _("Work centers"), NUMBER, NAME),
        mirror("operations", _("Operations"), NUMBER, NAME),
        mirror("units", _("Units"), NUMBER, NAME, Column("category", _("Category")), Column("digits", _("Digits"))),
    )
}
# Lines have no list of their own; they stand on the page of their document, in this order and with these columns.
LINE = Column("number", _("Line"), kind="record", link=url_of)
LINES: dict[str, tuple[Column, ...]] = {
    "bom-lines": (LINE, ITEM, ITEM_NAME, QUANTITY),
    "routing-steps": (
        LINE,
        Column("sequence", _("Sequence"), kind="number"),
        Column("operation", _("Operation"), source="operation.name", kind="link", link=link("operation")),
        Column("work_center", _("Work center"), source="work_center.name", kind="link", link=link("work_center")),
    ),
    "shipment-lines": (LINE, ITEM, LOT, QUANTITY),
    "purchase-order-lines": (LINE, ITEM, ITEM_NAME, QUANTITY),
    "receipt-lines": (
        LINE,
        ITEM,
        LOT,
        QUANTITY,
        Column("order_line", _("Order line"), source="order_line.number", kind="link", link=link("order_line")),
    ),
    "production-operations": (
        LINE,
        Column("sequence", _("Sequence"), kind="number"),
        Column("operation", _("Operation"), source="operation.name", kind="link", link=link("operation")),
        Column("work_center", _("Work center"), source="work_center.name", kind="link", link=link("work_center")),
        STATE,
        Column("is_running", _("Being worked on"), kind="yes"),
    ),
}
TITLES = {
    **{name: spec.title for name, spec in LISTS.items()},
    "bom-lines": _("Components"),
    "routing-steps": _("Steps of routings"),
    "shipment-lines": _("Lines of shipments"),
    "purchase-order-lines": _("Lines of purchase orders"),
    "receipt-lines": _("Lines of receipts"),
    "production-operations": _("Operations of orders"),
}
# What the rows are to the one whose page they stand on, where the object's own title would not tell.
TITLES_BY = {
    ("genealogy", "from_lot"): _("Went into"),
    ("genealogy", "to_lot"): _("Made from"),
    ("genealogy", "from_serial"): _("Went into"),
    ("genealogy", "to_serial"): _("Made from"),
}


def columns_of(name: str) -> tuple[Column, ...]:
    return (*LINES[name], *LAST) if name in LINES else LISTS[name].columns


MATRICES = ListSpec(
    name="matrices",
    title=_("System-of-record matrices"),
    model=Matrix,
    permission="mapping.view",
    rows=lambda user: Matrix.objects.visible_to(user).select_related("site", "edited_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("site", _("Site"), source="site.code"),
        Column("edition", _("Edition"), kind="number"),
        Column("state", _("Status"), kind="state", states=MATRIX.states),
        Column("rows", _("Rows"), kind="number", source=lambda row: len(row.rows)),
        Column("note", _("What it changes and why"), wide=True),
        Column("edited_by", _("Last edited by"), kind="user"),
        Column("activated_at", _("In use since"), kind="moment"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(Choices("state", _("Status"), choices=MATRIX.choices),),
    tabs=(Tab(_("All"), {}), Tab(_("In use"), {"state": ["ACTIVE"]})),
    search=("number", "note"),
    order="-id",
    actions=(Action(_("Draft a matrix"), "masterdata:matrix-create", permission=EDIT, icon="plus"),),
    empty=_("Until a site has an edition of its own, the shipped matrix counts: a draft begins with its rows."),
)
