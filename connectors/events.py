from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Connected:
    """`secrets`: names of the credentials that are kept sealed, never their values."""

    interface: str
    adapter: str
    base_url: str
    mode: str
    secrets: list[str]


@dataclass(frozen=True)
class Switched:
    interface: str
    mode: str


CONNECTED = Event("interface.connected", _("%(interface)s was connected to %(base_url)s (%(adapter)s)."), Connected)
SWITCHED = Event("interface.switched", _("%(interface)s was switched to mode %(mode)s."), Switched)
PAUSED = Event("interface.paused", _("%(interface)s was paused."), Switched)
RESUMED = Event("interface.resumed", _("%(interface)s was resumed."), Switched)
