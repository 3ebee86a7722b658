"""The trail: acts and row changes in one append-only, sealed table. `from qms import journal`, then `journal.act(...)`."""

from .acts import ORIGIN, Act, Acting, Actor, Happening, Line, Origin, SilentAct, act
from .events import EVENTS, Event, Nothing, subscribe

SYSTEM = Actor(id="system", name="System")

__all__ = [
    "EVENTS",
    "ORIGIN",
    "SYSTEM",
    "Act",
    "Acting",
    "Actor",
    "Event",
    "Happening",
    "Line",
    "Nothing",
    "Origin",
    "SilentAct",
    "act",
    "subscribe",
]
