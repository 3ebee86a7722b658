from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Synced:
    object: str
    source: str
    run: str
    created: int
    updated: int
    unchanged: int
    failed: int
    digest: str


@dataclass(frozen=True)
class Mapped:
    kind: str
    source: str
    foreign_value: str
    local_value: str


SYNCED = Event(
    "masterdata.synced",
    _(
        "%(object)s read from %(source)s: %(created)s new, %(updated)s changed, %(unchanged)s as before, %(failed)s failed."
    ),
    Synced,
)
MAPPED = Event("crosswalk.mapped", _("%(source)s: “%(foreign_value)s” means %(local_value)s here."), Mapped)
