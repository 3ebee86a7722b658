from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Blocked:
    """`part`: empty for every part; `level`: enforced, advisory or none, empty before it is in force."""

    number: str
    supplier: str
    name: str
    part: str
    level: str
    ncr: str


@dataclass(frozen=True)
class OrderTold:
    """`answer`: what was found, empty when the order was only seen."""

    number: str
    supplier: str
    order: str
    answer: str = ""


def _block(name: str, sentence: Any) -> Event:
    return Event(f"supplier_block.{name}", sentence, Blocked)


PROPOSED = _block("proposed", _("A block of supplier %(supplier)s %(name)s is proposed."))
BLOCKED = _block("blocked", _("Supplier %(supplier)s %(name)s is blocked for new orders."))
CANCELLED = _block("cancelled", _("The proposed block of supplier %(supplier)s was withdrawn."))
LIFT_PROPOSED = _block("lift_proposed", _("Lifting the block of supplier %(supplier)s is proposed."))
KEPT = _block("kept", _("The block of supplier %(supplier)s stays in force."))
LIFTED = _block("lifted", _("The block of supplier %(supplier)s %(name)s is lifted."))
ORDER_SEEN = Event(
    "supplier_block.order_seen", _("Order %(order)s went to supplier %(supplier)s, which is blocked."), OrderTold
)
ORDER_ANSWERED = Event("supplier_block.order_answered", _("Order %(order)s: %(answer)s"), OrderTold)
