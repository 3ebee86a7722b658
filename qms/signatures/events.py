from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Signed:
    number: str
    version: int
    meaning: str
    digest: str
    sentence: str
    language: str
    signature: str


@dataclass(frozen=True)
class Refused:
    number: str
    meaning: str
    why: str


SIGNED = Event("signature.made", _("Signed version %(version)s: %(sentence)s"), Signed)
REFUSED = Event("signature.refused", _("A signing was refused (%(why)s)."), Refused)
