import os
import platform
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Figure:
    """`value` against `limit`, both of one run. `better`: "more" (ratio ≥ gate) or "less" (value ≤ gate)."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    gate: float | None = None
    aim: float | None = None
    better: str = "more"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return self.value / self.limit if self.limit else self.value

    @property
    def holds(self) -> bool:
        if self.gate is None:
            return True
        return self.score >= self.gate if self.better == "more" else self.score <= self.gate

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "score": round(self.score, 3), "holds": self.holds}


@dataclass
class Report:
    is_full: bool
    figures: list[Figure] = field(default_factory=list)

    @property
    def size(self) -> int:
        return 1_000_000 if self.is_full else 100_000

    def add(self, name: str, value: float, unit: str, **rest: Any) -> Figure:
        made = Figure(name, round(value, 3), unit, **rest)
        self.figures.append(made)
        print(_line(made), flush=True)
        return made

    def holds(self) -> bool:
        return all(f.holds for f in self.figures)

    def plain(self) -> dict[str, Any]:
        machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
        return {
            "size": "full" if self.is_full else "small",
            "machine": machine,
            "figures": [f.plain() for f in self.figures],
        }

    def table(self) -> str:
        missed = [f.name for f in self.figures if not f.holds]
        lines = ["", *(_line(f) for f in self.figures)]
        return "\n".join([*lines, "", f"Missed: {', '.join(missed)}" if missed else "Every gate holds."])


def _line(f: Figure) -> str:
    beside = f"{f.limit:>10.2f}" if f.limit else " " * 10
    score = f"{f.score:>7.2f} ×" if f.limit else " " * 9
    gate = "" if f.gate is None else f"gate {f.gate:g}" + ("" if f.aim is None else f", aim {f.aim:g}")
    return f"{f.name:<52}{f.value:>10.2f} {f.unit:<9}{beside}{score}  {gate:<22}{'' if f.holds else 'MISSED'}"
