"""What happens to our own certificates of conformance."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class ConformanceTold:
    """`quantity` with its unit; `order`: the customer's; `delivery`: number of the shipment."""

    certificate: str
    inspection: str
    part: str
    lot: str
    quantity: str
    customer: str
    order: str = ""
    delivery: str = ""
    serials: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ConformancePrinted:
    """`form`: pdf or json; `sha256` of the very bytes that left."""

    certificate: str
    form: str
    sha256: str


PREPARED = Event(
    "conformance.prepared",
    _("Certificate of conformance for %(customer)s prepared: %(quantity)s of %(part)s."),
    ConformanceTold,
)
EDITED = Event("conformance.edited", _("Draft of the certificate for %(customer)s changed."), ConformanceTold)
ISSUED = Event(
    "conformance.issued", _("Certificate of conformance issued to %(customer)s: %(quantity)s of %(part)s."), ConformanceTold
)  # fmt: skip
WITHDRAWN = Event("conformance.withdrawn", _("Certificate of conformance no longer stands."), ConformanceTold)
CANCELLED = Event("conformance.cancelled", _("Draft of the certificate for %(customer)s given up."), ConformanceTold)
PRINTED = Event(
    "conformance.printed", _("Certificate %(certificate)s left as %(form)s, SHA-256 %(sha256)s."), ConformancePrinted
)
