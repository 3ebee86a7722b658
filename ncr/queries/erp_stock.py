"""What the ERP shows of a lot, place by place and with its age, beside what our postings say lies in quarantine."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from qms.commands.models import Posting
from qms.lib.quantity import show
from qms.masterdata import queries as masterdata
from qms.masterdata.choices import Place
from qms.masterdata.models import Freshness, Lot, StockLine

from ..models import Nonconformance


@dataclass(frozen=True)
class PlaceLine:
    place_code: str
    place_name: str
    role_shown: Any
    quantity: Decimal | None
    unit: Any


@dataclass(frozen=True)
class LotStock:
    """`held`: in the ERP's unit, what we had moved into quarantine and not out of it. `read_at`: None = never read."""

    lot: Lot
    lines: list["PlaceLine"]
    read_at: datetime | None
    held: Decimal
    quarantined: Decimal
    is_overtaken: bool

    @property
    def differs(self) -> bool:
        """Comparable only where the ERP was read after the last movement of ours."""
        return self.read_at is not None and not self.is_overtaken and self.held != self.quarantined

    @property
    def held_shown(self) -> str:
        return f"{show(self.held)} {self.unit}"

    @property
    def quarantined_shown(self) -> str:
        return f"{show(self.quarantined)} {self.unit}"

    @property
    def unit(self) -> str:
        return self.lot.item.unit.number if self.lot.item and self.lot.item.unit else ""


def of_record(ncr: Nonconformance, user: Any) -> list[LotStock]:
    """Of the NCR's lot and of every other lot that it holds."""
    lots = {hold.lot_id: hold.lot for hold in ncr.holds.all()} | ({ncr.lot_id: ncr.lot} if ncr.lot else {})
    return [of_lot(lot, user) for _key, lot in sorted(lots.items())]


def of_lot(lot: Lot, user: Any) -> LotStock:
    now = _as_it_is_now(lot)
    newest = Freshness.objects.filter(object="stock", source=OuterRef("source")).values("read_at")[:1]
    lines: list[Any] = list(StockLine.objects.visible_to(user).of_lot(now).annotate(stock_read_at=Subquery(newest)))
    read_at = lines[0].stock_read_at if lines else masterdata.read_at(lot, "stock")
    moves = list(Posting.objects.filter(lot__in={lot, now}, state__in=("POSTED", "RECONCILED")))
    quarantined = [line.quantity or Decimal() for line in lines if line.place_role == Place.QUARANTINE]
    return LotStock(
        lot=lot,
        lines=[_line(line) for line in lines],
        read_at=read_at,
        held=sum((_into(move) for move in moves), Decimal()),
        quarantined=sum(quarantined, Decimal()),
        is_overtaken=any(read_at and move.posted_at and move.posted_at > read_at for move in moves),
    )


def _line(line: StockLine) -> PlaceLine:
    role = Place(line.place_role).label if line.place_role in Place.values else "–"
    return PlaceLine(line.place_code, line.place_name, role, line.quantity, line.unit)


def _as_it_is_now(lot: Lot) -> Lot:
    """A row that has gone may have given way to the one real row of its number (a placeholder to the ERP's own)."""
    if lot.gone_at is None:
        return lot
    found = list(Lot.objects.live().filter(source=lot.source, number=lot.number)[:2])
    return found[0] if len(found) == 1 else lot


def _into(move: Posting) -> Decimal:
    """Into quarantine, of this very part: a reversed regrade brings back what it took."""
    if move.to_place == Place.QUARANTINE:
        return Decimal(move.quantity)
    return -Decimal(move.quantity) if move.from_place == Place.QUARANTINE else Decimal()
