"""What can be traced: lots, serials, where they lie, what became of them."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.fields import QuantityField

from .base import Mirror, MirrorQuerySet, parent


class Lot(Mirror):
    """Lot numbers are not unique in every ERP, not even within an item: identity is the external id."""

    item = parent("Item", related_name="lots")
    item_ref = models.CharField(max_length=80, default="")
    revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    is_active = models.BooleanField(default=True)


class Serial(Mirror):
    item = parent("Item", related_name="serials")
    item_ref = models.CharField(max_length=80, default="")
    lot = parent("Lot", related_name="serials")
    lot_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    is_active = models.BooleanField(default=True)


class StockQuerySet(MirrorQuerySet):
    def of_lot(self, lot: Any) -> Self:
        """Where the lot lies now, by its places; what has vanished there is left out."""
        return self.live().filter(lot=lot).select_related("unit", "item").order_by("place_code", "pk")


class StockLine(Mirror):
    """How much of a part, and of which lot, lies in one place: a snapshot, read whole each time.

    `external_id` is "part:lot:place" of the source's keys, with an empty lot where the part has none. `place_role` is
    one of choices.Place, or empty for a place to which the interface gives no role.
    """

    item = parent("Item", related_name="stock")
    item_ref = models.CharField(max_length=80, default="")
    lot = parent("Lot", related_name="stock")
    lot_ref = models.CharField(max_length=80, default="")
    place_code = models.CharField(_("place"), max_length=80, blank=True, default="")
    place_name = models.CharField(_("name of the place"), max_length=200, blank=True, default="")
    place_role = models.CharField(_("role of the place"), max_length=20, blank=True, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    objects = StockQuerySet.as_manager()  # type: ignore[misc]


class GenealogyEdge(Mirror):
    """`quantity` of one lot or serial went into another one, by a document (as a rule a production order)."""

    from_lot = parent("Lot", related_name="went_into")
    from_lot_ref = models.CharField(max_length=80, default="")
    to_lot = parent("Lot", related_name="made_from")
    to_lot_ref = models.CharField(max_length=80, default="")
    from_serial = parent("Serial", related_name="went_into")
    from_serial_ref = models.CharField(max_length=80, default="")
    to_serial = parent("Serial", related_name="made_from")
    to_serial_ref = models.CharField(max_length=80, default="")
    order = parent("ProductionOrder", related_name="genealogy")
    order_ref = models.CharField(max_length=80, default="")
    document = models.CharField(_("document"), max_length=120, blank=True, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
