from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Made:
    """`sha256`: of the whole file. `trail` and `root`: the checkpoint in it."""

    sha256: str
    size: int
    files: int
    trail: int
    root: str


@dataclass(frozen=True)
class Restored:
    """`made_at`: when the backup was begun. `era`: the era of the trail that begins here; `leap`: numbers left out of every series."""

    made_at: str
    trail: int
    root: str
    era: int
    leap: int


MADE = Event(
    "backup.made", _("A backup was made: %(size)s bytes, %(trail)s entries of the trail, SHA-256 %(sha256)s."), Made
)
RESTORED = Event(
    "backup.restored",
    _("The plant was restored from the backup of %(made_at)s: %(trail)s entries of the trail, era %(era)s."),
    Restored,
)
