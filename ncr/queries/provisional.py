"""Records whose lot is a name only, and the lots of the ERP that it may be."""

from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from qms.masterdata.models import Lot

from ..models import Nonconformance
from ..models.records import PROVISIONAL


def waiting() -> Any:
    """Open records with a provisional lot; `fitting`: how many lots bear the part, number and site."""
    here = Q(site=OuterRef("site")) | Q(site=None)
    lots = Lot.objects.live().filter(here, item=OuterRef("item"), number=OuterRef("lot_number"))
    counted = lots.order_by().annotate(same=F("number")).values("same").annotate(n=Count("pk")).values("n")
    rows = Nonconformance.objects.open().filter(PROVISIONAL)
    return rows.annotate(fitting=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def lots_named(ncr: Nonconformance) -> Any:
    return lots_of(ncr).filter(number=ncr.lot_number)


def lots_of(ncr: Nonconformance) -> Any:
    """Lots of the record's part at its site, the newest first."""
    return Lot.objects.live().filter(Q(site=ncr.site_id) | Q(site=None), item=ncr.item_id).order_by("-pk")
