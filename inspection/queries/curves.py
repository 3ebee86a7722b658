"""What a sampling plan protects from: its operating characteristic, with the risks of both sides in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from qms.ui import curves as drawing

from ..choices import Scheme
from ..models.words import rule_shown

POINTS, CONSUMER = 80, 0.10


@dataclass(frozen=True)
class Curve:
    """`points`: per cent nonconforming (or nonconformities per hundred) → probability of acceptance. `limiting`: what is accepted with
    10 % only; `aql` None where the plan has none."""

    points: tuple[tuple[float, float], ...]
    limiting: float
    aql: float | None
    at_aql: float
    per_hundred: bool

    def drawn(self) -> Any:
        marks = [(f"LQ {self.limiting:.3g} %", self.limiting, CONSUMER)]
        if self.aql is not None:
            marks.insert(0, (f"AQL {self.aql:g} %", self.aql, self.at_aql))
        across = _("nonconformities per 100 items") if self.per_hundred else _("nonconforming items in the lot, %")
        return drawing.draw(
            self.points, marks, across=across, up=_("probability of acceptance, %"), label=" ".join(self.told())
        )

    def told(self) -> list[str]:
        """The risks of both sides."""
        found = []
        if self.aql is not None:
            words = {"aql": f"{self.aql:g}", "pa": percent(self.at_aql), "risk": percent(1 - self.at_aql)}
            found.append(
                _("At the AQL of %(aql)s %% a lot is accepted with %(pa)s %%: the producer's risk is %(risk)s %%.")
                % words
            )
        found.append(
            _(
                "A lot with %(limit)s %% is still accepted with 10 %%: the limiting quality (LQ) at a consumer's risk of 10 %%."
            )
            % {"limit": f"{self.limiting:.3g}"}
        )
        return found


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def of(told: Mapping[str, Any]) -> Curve | None:
    """Of a plan as `SamplePlan.as_dict` tells it. None where every piece is inspected: then sampling has no risk."""
    if not told or told["whole_lot"] or not told["n"]:
        return None
    stages = tuple((one["n"], one["total"], one["ac"], one["re"]) for one in told["stages"])
    aql = None if told["aql"] is None else float(told["aql"])
    return _curve(stages, aql, float(told["k"]) if told.get("k") else None)


@lru_cache(maxsize=256)
def _curve(stages: tuple[tuple[int, int, int, int], ...], aql: float | None, k: float | None) -> Curve:
    from ..calc.sampling import curves, variables  # load scipy
    from ..calc.sampling.result import Stage

    plan = [Stage(*one) for one in stages]
    per_hundred = aql is not None and aql > 10 and k is None
    model = "poisson" if per_hundred else "binomial"

    def accepted(fractions: list[float]) -> list[float]:
        if k is not None:
            return variables.acceptance(n=plan[0].n, k=k, fractions=fractions)
        return [float(one) for one in curves.acceptance(plan, fractions, model=model)]

    if k is not None:
        limiting = variables.quality_at(n=plan[0].n, k=k, probability=CONSUMER)
    else:
        limiting = curves.quality_at(plan, CONSUMER, model=model)
    most = limiting * 1.6 if per_hundred else min(limiting * 1.6, 1.0)
    fractions = [most * at / POINTS for at in range(1, POINTS + 1)]
    points = ((0.0, 1.0), *((100 * x, y) for x, y in zip(fractions, accepted(fractions), strict=True)))
    at_aql = accepted([aql / 100])[0] if aql is not None else 0.0
    return Curve(points, 100 * limiting, aql, at_aql, per_hundred)


def explained(told: Mapping[str, Any], *, lot: str) -> list[str]:
    """How the sample came about, sentence by sentence. `lot`: its size with its unit."""
    if not told:
        return []
    words = {**told, "lot": lot, "rule": rule_shown(told), "n": told["table_n"]}
    found = []
    if told["letter"]:
        found.append(_("A lot of %(lot)s at level %(level)s has the code letter %(asked)s.") % words)
        found.append(_cell(told) % words)
    if told["whole_lot"]:
        found.append(_("The sample is as large as the lot or larger: every piece is inspected."))
    elif len(told["stages"]) > 1:
        first, second = told["stages"]
        numbers = {"n": first["n"], "ac": first["ac"], "re": first["re"], "more": second["n"], "ac2": second["ac"]}
        found.append(
            _(
                "Double sampling: of %(n)s pieces up to %(ac)s nonconforming accept the lot and %(re)s refuse it; in between"
                " %(more)s more are drawn, and both together accept it with up to %(ac2)s."
            )
            % numbers
        )
    if told["scheme"] == Scheme.Z19:
        found.append(
            _(
                "The s method: mean and standard deviation of %(n)s values estimate the share beyond the limits; the lot is"
                " accepted where it is at most %(most)s %%."
            )
            % words
        )
    return found


def _cell(told: Mapping[str, Any]) -> str:
    if not told["path"]:
        return _("Code letter %(asked)s, AQL %(aql)s: %(rule)s.")
    if told["arrow"] == "up":
        return _("Code letter %(asked)s, AQL %(aql)s: arrow up, so letter %(letter)s, %(rule)s.")
    return _("Code letter %(asked)s, AQL %(aql)s: arrow down, so letter %(letter)s, %(rule)s.")


@dataclass(frozen=True)
class Shown:
    """A sampling rule for one lot size, on the page of a plan. `balloons` empty: the rule of the plan itself."""

    balloons: str
    rule: str
    sentences: list[str]
    curve: Curve | None


def of_plan(plan: Any, *, lot: int) -> list[Shown]:
    """The rule of the plan and those of characteristics that have their own, on normal inspection."""
    from . import sampling

    content, unit = plan.snapshot(), plan.item.unit.number if plan.item.unit else ""
    size = f"{lot} {unit}".strip()
    rules: dict[str, tuple[list[str], dict[str, Any]]] = {}
    for line in content["characteristics"]:
        its = sampling.own(line=line, content=content, lot=lot, severity="normal")
        told = (its or sampling.drawn(rule=content, lot=lot, severity="normal")).as_dict()
        key = rule_shown(told) + told["cell"]
        rules.setdefault(key, ([], told))[0].append(line["balloon"])
    return [
        Shown(", ".join(balloons), rule_shown(told), explained(told, lot=size), of(told))
        for balloons, told in rules.values()
    ]
