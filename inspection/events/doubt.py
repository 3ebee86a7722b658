"""What is done about goods that a gauge out of tolerance leaves in doubt."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class CustomerTold:
    """`means`: mail, phone, portal, letter, or held_back: it had not left, and nobody was told; `text` is what was said or done."""

    calibration: str
    asset: str
    shipment: str
    customer: str
    contact: str
    means: str
    on: str
    text: str


@dataclass(frozen=True)
class LotsHeld:
    """Lots that a gauge out of tolerance leaves in doubt, with the nonconformances and holds that keep them back."""

    calibration: str
    asset: str
    count: int
    lots: list[str]
    ncrs: list[str]
    holds: list[str]


HELD = Event("calibration.held", _("%(count)s lots in doubt held because of %(asset)s."), LotsHeld)
NOTIFIED = Event(
    "calibration.notified",
    _("Notice to a customer recorded: shipment %(shipment)s, %(customer)s, %(on)s."),
    CustomerTold,
)
