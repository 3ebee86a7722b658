"""Where a reader stands in a tour, and the bar that leads on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from .stops import TOURS, Stop, Tour

KEY = "tour"


@dataclass(frozen=True)
class Bar:
    """Shown on every page while a tour is on. `number` counts from 1."""

    tour: Tour
    stop: Stop
    number: int

    @property
    def count(self) -> int:
        return len(self.tour.stops)

    @property
    def is_last(self) -> bool:
        return self.number == self.count


def offered(user: Any) -> list[Tour]:
    """The tours of the roles that the person holds now, in the order above."""
    held = {grant.role for grant in user.valid_grants}
    return [tour for role, tour in TOURS.items() if role in held]


def begin(session: Any, role: str, user: Any) -> str:
    """Raises KeyError for a tour that is not offered to the person."""
    tour = {tour.role: tour for tour in offered(user)}[role]
    session[KEY] = {"role": role, "at": 0}
    return tour.stops[0].place(user)


def step(session: Any, user: Any, by: int) -> str:
    """The next place (by=1) or the one before (by=-1); past the last stop the tour is over."""
    found = _stand(session)
    if found is None:
        return reverse("home")
    tour, at = found
    at = max(at + by, 0)
    if at >= len(tour.stops):
        return end(session)
    session[KEY] = {"role": tour.role, "at": at}
    return tour.stops[at].place(user)


def end(session: Any) -> str:
    session.pop(KEY, None)
    return reverse("home")


def _stand(session: Mapping[str, Any]) -> tuple[Tour, int] | None:
    kept = session.get(KEY) or {}
    tour = TOURS.get(kept.get("role", ""))
    return (tour, min(kept["at"], len(tour.stops) - 1)) if tour else None


def bar(request: Any) -> dict[str, Any]:
    """For the shell of every page; nothing is asked of the database."""

    def of_session() -> Bar | None:
        found = _stand(request.session) if hasattr(request, "session") else None
        return Bar(found[0], found[0].stops[found[1]], found[1] + 1) if found else None

    return {"tour_bar": SimpleLazyObject(of_session)}
