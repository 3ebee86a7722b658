"""What can go wrong on a line, how often, and which fault the next call meets."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

ANSWERS = (
    *("drop_before", "drop_after", "delay", "duplicate", "reorder", "error", "error_after", "slow_body", "half_open"),
    *("wrong_shape", "silence"),
)
SENDS = (
    *("drop_before", "drop_after", "delay", "duplicate", "reorder", "slow_body", "half_open", "wrong_shape", "silence"),
)


@dataclass
class Setting:
    """`rate`: of a hundred calls so many meet it; `next`: so many of the next calls do; `met`: so many did."""

    rate: float = 0
    next: int = 0
    met: int = 0


class Faults:
    """`seconds`: how long delay, slow body, half-open line and overtaking last; `writes_only`: calls that only read meet none.
    Silence goes before all others."""

    def __init__(self, names: tuple[str, ...], seed: int | None = None) -> None:
        self.settings = {name: Setting() for name in names}
        self.seconds = 3.0
        self._dice = random.Random(seed)  # noqa: S311  # faults, no secrets
        self._lock, self._gone_by = threading.Lock(), threading.Condition()
        self.calls, self.writes_only = 0, False

    def put(self, name: str, *, rate: float | None = None, next: int | None = None) -> None:
        """Raises KeyError for an unknown fault, ValueError for what is no share or count."""
        with self._lock:
            setting = self.settings[name]
            if rate is not None:
                if not 0 <= rate <= 100:
                    raise ValueError(f"{rate} of a hundred")
                setting.rate = rate
            if next is not None:
                if not 0 <= next <= 1_000_000:
                    raise ValueError(f"the next {next}")
                setting.next = next

    def off(self) -> None:
        with self._lock:
            for setting in self.settings.values():
                setting.rate, setting.next = 0, 0

    def is_set(self, name: str) -> bool:
        return bool(self.settings[name].rate or self.settings[name].next)

    def draw(self, method: str = "POST") -> str:
        """The fault of this call, or ""."""
        with self._lock:
            self.calls += 1
            if self.writes_only and method in ("GET", "HEAD"):
                return ""
            for name in sorted(self.settings, key=lambda name: name != "silence"):
                if self._meets(self.settings[name]):
                    self.settings[name].met += 1
                    return name
        return ""

    def _meets(self, setting: Setting) -> bool:
        if setting.next:
            setting.next -= 1
            return True
        return bool(setting.rate) and self._dice.random() * 100 < setting.rate

    def let_others_by(self) -> None:
        """Wait until another call has gone by, or nobody came."""
        with self._gone_by:
            self._gone_by.wait(self.seconds)

    def go_by(self) -> None:
        with self._gone_by:
            self._gone_by.notify_all()

    def told(self) -> dict[str, dict[str, float]]:
        with self._lock:
            return {name: {"rate": s.rate, "next": s.next, "met": s.met} for name, s in self.settings.items()}
