"""What was found in a sample so far, and what that says: by counting, or by mean and standard deviation."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

PASSED = "passed"


@dataclass
class Tally:
    """Items of a sample that do not conform, against Ac and Re of its stage. `balloon` empty: the sample of the lot.

    `sampling`: the plan as it was determined (SamplePlan.as_dict). `values`: of the s method, which counts nothing."""

    balloon: str
    size: int
    stage: int
    sampling: dict[str, Any]
    lower: Decimal | None = None
    upper: Decimal | None = None
    samples: set[int] = field(default_factory=set)
    values: dict[int, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Any) -> Tally:
        """Empty, of the group that a characteristic of an inspection belongs to."""
        is_apart = bool(one.group)
        ends = {"lower": one.lower, "upper": one.upper} if one.by_variables else {}
        return cls(one.balloon if is_apart else "", one.wanted, one.stage, one.sampling, **ends)

    def add(self, reading: Any) -> None:
        if reading.verdict != PASSED:
            self.samples.add(reading.sample)
        if reading.value is not None and self.is_by_variables:
            self.values[reading.sample] = reading.value

    @property
    def is_by_variables(self) -> bool:
        return self.sampling.get("scheme") == "z19"

    @property
    def stages(self) -> list[dict[str, int]]:
        found: list[dict[str, int]] = self.sampling["stages"]
        return found

    @property
    def accept(self) -> int:
        return self.stages[self.stage - 1]["ac"]

    @property
    def reject(self) -> int:
        return self.stages[self.stage - 1]["re"]

    @property
    def found(self) -> int:
        return len(self.samples)

    @property
    def found_first(self) -> int:
        """In the first sample alone."""
        return sum(sample <= self.stages[0]["total"] for sample in self.samples)

    @property
    def is_refused(self) -> bool:
        """By counting: a rejection number is reached, of the first sample or of both. The s method says so when it is complete."""
        if self.is_by_variables:
            return False
        return self.found >= self.reject or self.found_first >= self.stages[0]["re"]

    @property
    def is_between(self) -> bool:
        return not self.is_by_variables and self.accept < self.found < self.reject

    @property
    def needs_second(self) -> bool:
        return self.is_between and not self.is_refused and self.stage < len(self.stages)

    @property
    def has_gap(self) -> bool:
        """Z1.4, reduced: between Ac and Re of the last sample the lot passes, and the next one is inspected normally."""
        return self.is_between and self.stage == len(self.stages)

    def by_variables(self) -> Any:
        """The verdict of the s method. Raises CalcError (sample_size, no_spread, ...)."""
        from ..calc.sampling import variables  # loads scipy

        values = [value for _sample, value in sorted(self.values.items())]
        return variables.judge(self.variables_plan(), values, lower=self.lower, upper=self.upper)

    def variables_plan(self) -> Any:
        from ..calc.sampling import variables

        told = self.sampling
        return variables.plan(lot=told["lot"], aql=Decimal(told["aql"]), level=told["level"], severity=told["severity"])
