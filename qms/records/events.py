from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Commented:
    text: str
    comment: str


@dataclass(frozen=True)
class Attached:
    name: str
    sha256: str
    size: int


COMMENTED = Event("record.commented", _("Comment: %(text)s"), Commented)
ATTACHED = Event("record.attached", _("The file %(name)s was attached."), Attached)
