"""The kinds that this room brings itself: master data."""

from .. import registry
from .masters import Items, Lots, Suppliers


def register() -> None:
    for kind in (Items(), Suppliers(), Lots()):
        registry.register(kind)
