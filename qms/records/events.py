from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Commented:
    """`mentions`: keys of the accounts that the text names."""

    text: str
    comment: str
    mentions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Attached:
    name: str
    sha256: str
    size: int


COMMENTED = Event("record.commented", _("Comment: %(text)s"), Commented)
ATTACHED = Event("record.attached", _("The file %(name)s was attached."), Attached)
