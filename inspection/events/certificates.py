"""What happens to certificates of suppliers."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

from ..choices import CertificateKind, ReadingVerdict


@dataclass(frozen=True)
class CertificateTold:
    """`reference`: the issuer's own number. `verdict`: of the values against the plan, empty for none. `files`: SHA-256 of each."""

    certificate: str
    kind: str
    issuer: str
    reference: str
    part: str
    lots: list[str]
    receipt: str
    verdict: str
    files: list[str] = field(default_factory=list)


WORDS = (("kind", CertificateKind.choices), ("verdict", (("", "–"), *ReadingVerdict.choices)))
RECEIVED = Event(
    "certificate.received",
    _("Certificate %(reference)s of %(issuer)s recorded: %(kind)s."),
    CertificateTold,
    words=WORDS,
)
EDITED = Event("certificate.edited", _("Data of certificate %(reference)s changed."), CertificateTold, words=WORDS)
ACCEPTED = Event("certificate.accepted", _("Certificate %(reference)s accepted."), CertificateTold, words=WORDS)
REFUSED = Event("certificate.refused", _("Certificate %(reference)s refused."), CertificateTold, words=WORDS)
WITHDRAWN = Event(
    "certificate.withdrawn", _("Certificate %(reference)s no longer counts."), CertificateTold, words=WORDS
)


@dataclass(frozen=True)
class CertificateWaived:
    number: str
    part: str
    kind: str


WAIVED = Event(
    "inspection.certificate_waived", _("Released without a certificate by signature: %(kind)s."), CertificateWaived,
    words=(("kind", CertificateKind.choices),),
)  # fmt: skip
