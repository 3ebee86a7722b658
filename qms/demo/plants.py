"""Both demo plants with everything that their ERPs would tell, before a real one is connected."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from ncr.models import Hold
from qms.accounts.models import Site

from . import documents, mirror

SUZHOU_ERP = "erp-suz"


def load(sites: Mapping[str, Site]) -> None:
    for code, source, data in _plants():
        mirror.load(site=sites[code], data=data, source=source)
        mirror.write(documents.details(data), site=sites[code], source=source)


def load_stock(sites: Mapping[str, Site]) -> None:
    """After the stories: what active holds have moved lies in quarantine."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for hold in Hold.objects.filter(state__in=("ACTIVE", "RELEASE_REQUESTED")):
        held[hold.lot_number] += hold.quantity
    for code, source, data in _plants():
        mirror.write({"stock": documents.stock(data, held)}, site=sites[code], source=source)


def _plants() -> tuple[tuple[str, str, dict[str, object]], ...]:
    return (("AUG", mirror.SOURCE, mirror.plant()), ("SUZ", SUZHOU_ERP, mirror.second_plant()))
