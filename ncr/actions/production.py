"""Operations and movements that the MES reports: kept, told, and held against what is on hold (integration-mes.md §8, breach)."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from qms import journal
from qms.accounts.models import Site
from qms.lib import canonical, statement
from qms.lib.quantity import show
from qms.masterdata.models import Lot

from .. import events
from ..models import Hold, ProductionEvent, ProductionKind
from ..queries.onhold import holds_on
from .intake import Unknown, Unresolved


@dataclass(frozen=True, kw_only=True)
class Production:
    """Names as the MES says them; empty where it says nothing."""

    site_id: int
    kind: ProductionKind
    source: str
    source_event: str
    occurred_at: datetime
    received_at: datetime
    part_number: str = ""
    order_number: str = ""
    operation: str = ""
    lot_number: str = ""
    serials: list[str] = field(default_factory=list)
    quantity: Decimal | None = None
    unit: str = ""
    work_center: str = ""
    from_place: str = ""
    to_place: str = ""


# What may not happen to held material. A start alone moves and changes nothing.
BREACHING = (ProductionKind.COMPLETED, ProductionKind.MOVED)


def report_production(*, production: Production, by: Any, origin: str = "") -> list[Hold]:
    """Keeps the event and tells of it. Returns the holds that it may have broken; each says so in its timeline.

    Raises Unresolved for a lot that only another site has; nothing was written then.
    """
    row = ProductionEvent(**asdict(production))
    if row.lot_number and _is_elsewhere(row):
        raise Unresolved([Unknown("lot", row.lot_number, "elsewhere")])
    told = _told(row)
    with journal.act(events.PRODUCTION_REPORTED, by=by, source=origin) as act:
        statement.insert(row)
        act.record(row, events.ProductionReported(**told))
        broken = list(held(row)) if row.kind in BREACHING else []
        for hold in broken:
            act.record(hold, events.BreachSuspected(hold=hold.number, **told), event=events.BREACH_SUSPECTED)
    return broken


def _told(row: ProductionEvent) -> dict[str, Any]:
    return {
        "site": Site.objects.values_list("code", flat=True).get(pk=row.site_id),
        "kind": str(row.kind),
        "lot": row.lot_number,
        "order": row.order_number,
        "part": row.part_number,
        "operation": row.operation,
        "quantity": show(row.quantity) if row.quantity is not None else "",
        "unit": row.unit,
        "occurred_at": canonical.instant(row.occurred_at),
        "source": row.source,
        "id": row.source_event,
    }


def held(row: ProductionEvent) -> Any:
    """Holds that were in force when it happened (not when it was told)."""
    in_force = Q(active_at__lte=row.occurred_at) & (Q(released_at=None) | Q(released_at__gt=row.occurred_at))
    return holds_on(row).filter(in_force)


def _is_elsewhere(row: ProductionEvent) -> bool:
    """The ERP knows the lot, but not at this site. A number that it does not know at all is the MES's own."""
    known = Lot.objects.live().filter(number=row.lot_number)
    if row.part_number:
        known = known.filter(item__number=row.part_number)
    sites = set(known.values_list("site_id", flat=True))
    return bool(sites) and not sites & {None, row.site_id}
