"""A sampling plan as found, with the way to it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Stage:
    """`n` units are added; `ac` and `re` count over all units inspected so far (`total`)."""

    n: int
    total: int
    ac: int
    re: int


@dataclass(frozen=True)
class SamplePlan:
    """`n`, `ac`, `re` are those of the first stage; `n` is what is inspected, `table_n` what the table prints.

    `asked` is the letter of lot and level, `letter` the one whose row is used, `path` the letters from one to the other (empty
    without an arrow). Between Ac and Re of a reduced plan (Z1.4) the lot is accepted and the next one inspected normally.
    `k` and `most` (M, in per cent) are those of the s method, which judges by mean and standard deviation instead of Ac and Re.
    """

    scheme: str
    lot: int
    n: int
    ac: int
    re: int
    stages: tuple[Stage, ...]
    whole_lot: bool
    source: str
    table_n: int
    letter: str = ""
    asked: str = ""
    path: tuple[str, ...] = ()
    arrow: str = ""
    level: str = ""
    aql: Decimal | None = None
    severity: str = "normal"
    cell: str = ""
    k: float | None = None
    most: Decimal | None = None

    @property
    def is_double(self) -> bool:
        return len(self.stages) > 1

    @property
    def has_gap(self) -> bool:
        last = self.stages[-1]
        return last.re > last.ac + 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, for a snapshot."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        found["stages"] = [{"n": s.n, "total": s.total, "ac": s.ac, "re": s.re} for s in self.stages]
        found["path"] = list(self.path)
        found |= {name: None if (value := getattr(self, name)) is None else str(value) for name in ("aql", "most")}
        found["k"] = None if self.k is None else f"{self.k:.6f}"  # a snapshot is signed: text, no binary fraction
        return found
