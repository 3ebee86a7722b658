"""Which lots a gauge out of tolerance leaves in doubt, and how much of each still lies in storage."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ncr.models import Hold
from qms.lib.quantity import show
from qms.masterdata.choices import Place
from qms.masterdata.models import Lot, StockLine

from ..models import Calibration
from .impact import is_of, lots_since

STANDING = ("DRAFT", "REQUESTED", "ACTIVE", "RELEASE_REQUESTED")


@dataclass(frozen=True)
class Doubtful:
    """A lot as it was named. `lot`: None where the ERP knows none or several of the name; `quantity`: what the ERP has of it in
    storage, in the part's own unit, None where it tells nothing; `hold`: one that stands on it already."""

    number: str
    lot: Lot | None = None
    quantity: Decimal | None = None
    hold: Hold | None = None

    @property
    def can_be_held(self) -> bool:
        return self.lot is not None and self.hold is None and bool(self.quantity)

    def told(self) -> dict[str, str]:
        """As a line that asks to hold it."""
        part = self.lot.item.number if self.lot else ""
        return {"part": part, "lot": self.number, "quantity": show(self.quantity) if self.quantity else ""}


def doubtful(calibration: Calibration) -> list[Doubtful]:
    """In the order of their numbers."""
    names = lots_since(calibration)
    rows = Lot.objects.live().filter(site_id=calibration.site_id, number__in={number for _item, number in names})
    found = [lot for lot in rows.select_related("item__unit") if is_of(names, lot.item_id, lot.number)]
    holds = {hold.lot_id: hold for hold in Hold.objects.filter(lot__in=found, state__in=STANDING)}
    return sorted(_all(names, found, holds), key=lambda one: (one.number, one.lot.item.number if one.lot else ""))


def _all(names: Any, found: list[Lot], holds: dict[int, Hold]) -> Iterator[Doubtful]:
    for item, number in names:
        fitting = [lot for lot in found if lot.number == number and item in (None, lot.item_id)]
        if len(fitting) != 1 or fitting[0].item is None:
            yield Doubtful(number)
            continue
        lot = fitting[0]
        yield Doubtful(number, lot, in_storage(lot), holds.get(lot.pk))


def in_storage(lot: Lot) -> Decimal | None:
    """None where the ERP tells no stock, or in another unit."""
    rows = list(StockLine.objects.of_lot(lot).filter(place_role=Place.STORAGE))
    if not rows or any(row.quantity is None or row.unit_id != lot.item.unit_id for row in rows):
        return None
    return sum((row.quantity for row in rows), Decimal(0))
