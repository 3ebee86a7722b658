"""Every expected value must be computed: one that is missing is a mismatch, not a gap."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Mismatch:
    place: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Tolerance:
    """Close within either; both 0 = equal."""

    rel: float = 0.0
    abs: float = 0.0

    @classmethod
    def of(cls, said: Any) -> "Tolerance":
        if not isinstance(said, Mapping):
            return cls()
        return cls(rel=float(said.get("rel", 0)), abs=float(said.get("abs", 0)))


MISSING = object()
# What a file printed as 0 may be computed as a rest of rounding.
REST = 1e-9


def compared(expected: Any, found: Any, tolerance: Tolerance, place: str = "") -> Iterator[Mismatch | None]:
    """One for each value of `expected`: None where `found` agrees."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            there = found.get(name, MISSING) if isinstance(found, Mapping) else MISSING
            yield from compared(value, there, tolerance, f"{place}.{name}" if place else str(name))
    elif isinstance(expected, list) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        if not expected:
            yield None
        for at, (value, there) in enumerate(zip(expected, found, strict=True), start=1):
            yield from compared(value, there, tolerance, f"{place}[{at}]")
    else:
        yield None if _equal(expected, found, tolerance) else Mismatch(place, expected, _shown(found))


def _equal(expected: Any, found: Any, tolerance: Tolerance) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool) or not _is_number(expected) or not _is_number(found):
        return bool(expected == found)
    rest = REST if tolerance.rel or tolerance.abs else 0.0
    return math.isclose(float(expected), float(found), rel_tol=tolerance.rel, abs_tol=max(tolerance.abs, rest))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) or hasattr(value, "__float__")


def _shown(found: Any) -> Any:
    return "not computed" if found is MISSING else found
