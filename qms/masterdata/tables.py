"""Lists of the mirror: one declaration each, named as the object."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import DateRange, Lookup, Text
from qms.ui.listspec import Column, ListSpec

from .models import MirrorQuerySet
from .specs import SPECS

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
LAST = (
    Column("synced_at", _("Last change taken over"), kind="moment", sort="synced_at"),
    Column("changed_at", _("Changed in the source"), kind="moment", shown=False),
    Column("source", _("Source"), shown=False),
    Column("external_id", _("Key in the source"), shown=False),
)
BY_SUPPLIER = Lookup("supplier", _("Supplier"), field="supplier__number", url="masterdata:supplier-lookup")
BY_ITEM = Lookup("item", _("Part"), field="item__number", url="masterdata:item-lookup")
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
        mirror("suppliers", _("Suppliers"), NUMBER, NAME, Column("city", _("City")), ACTIVE),
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
LOT = Column("lot", _("Lot"), source="lot.number", kind="link", link=link("lot"))
LINES: dict[str, tuple[Column, ...]] = {
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
    ),
}
TITLES = {
    **{name: spec.title for name, spec in LISTS.items()},
    "purchase-order-lines": _("Lines of purchase orders"),
    "receipt-lines": _("Lines of receipts"),
    "production-operations": _("Operations of orders"),
}


def columns_of(name: str) -> tuple[Column, ...]:
    return (*LINES[name], *LAST) if name in LINES else LISTS[name].columns
