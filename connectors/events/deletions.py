"""Words of what a source does not name any more."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Swept:
    """`gone`: how many were marked; `confirmed`: the sender had confirmed the count against the guard."""

    interface: str
    object: str
    alive: int
    gone: int
    confirmed: bool
    run: str


@dataclass(frozen=True)
class Believed:
    """`objects`: how many of each may go with the next reading, in words; `run`: the reading that refused them."""

    interface: str
    objects: str
    run: str


SWEPT = Event("interface.swept", _("%(interface)s named %(alive)s live %(object)s; %(gone)s are gone."), Swept)
BELIEVED = Event(
    "interface.believed", _("The deletions in %(interface)s are believed: %(objects)s. It is read again."), Believed
)
