"""Operations and movements that the MES reports: kept, told, and held against what is on hold (integration-mes.md §8, breach)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts.models import Site
from qms.lib import canonical, statement
from qms.lib.quantity import show
from qms.masterdata.models import Lot

from .. import events
from ..models import Hold, ProductionEvent, ProductionKind
from ..queries.onhold import holds_on
from .intake import Unknown, Unresolved
from .sets import ClosingAll, Many, Overtaken


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
    with journal.act(events.PRODUCTION_REPORTED, by=by, source=origin) as act:
        statement.insert(row)
        return _recorded(row, act, Site.objects.values_list("code", flat=True).get(pk=row.site_id))


def report_all_production(*, productions: Sequence[Production], by: Any, closing: ClosingAll, origin: str = "") -> Many:
    """As report_production, in one act. `closing` gets the holds that each may have broken as notes. Each event keeps a line of its
    own in the trail, and those who listen hear each."""
    rows = [ProductionEvent(**asdict(one)) for one in productions]
    unresolved = _elsewhere(rows)
    taken: dict[int, tuple[str, list[str]]] = {}
    doubts: dict[int, list[Unknown]] = {}
    if len(unresolved) == len(rows):
        return Many(unresolved=unresolved)
    with journal.act(events.PRODUCTION_REPORTED, by=by, source=origin) as act:
        ProductionEvent.objects.bulk_create([row for place, row in enumerate(rows) if place not in unresolved])
        sites = dict(Site.objects.values_list("pk", "code"))
        for place, row in enumerate(rows):
            if place in unresolved:
                continue
            broken = _recorded(row, act, sites[row.site_id])
            taken[place] = ("", [broken_note(hold) for hold in broken])
            if broken:
                doubts[place] = [Unknown("breach", hold.number) for hold in broken]
        if not closing(taken):
            raise Overtaken
    return Many(taken, unresolved, doubts)


def broken_note(hold: Hold) -> str:
    text = _("The material was on hold %(hold)s at that time; somebody is asked to look.")
    return text % {"hold": hold.number}


def _elsewhere(rows: Sequence[ProductionEvent]) -> dict[int, Unresolved]:
    """Asked once for every lot and part that the batch names."""
    known: dict[tuple[int, str, str], bool] = {}
    found = {}
    for place, row in enumerate(rows):
        key = (row.site_id, row.lot_number, row.part_number)
        if row.lot_number and key not in known:
            known[key] = _is_elsewhere(row)
        if row.lot_number and known[key]:
            found[place] = Unresolved([Unknown("lot", row.lot_number, "elsewhere")])
    return found


def _recorded(row: ProductionEvent, act: journal.Act, site: str) -> list[Hold]:
    told = _told(row, site)
    act.record(row, events.ProductionReported(**told))
    broken = list(held(row)) if row.kind in BREACHING else []
    for hold in broken:
        act.record(hold, events.BreachSuspected(hold=hold.number, **told), event=events.BREACH_SUSPECTED)
    return broken


def _told(row: ProductionEvent, site: str) -> dict[str, Any]:
    return {
        "site": site,
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
