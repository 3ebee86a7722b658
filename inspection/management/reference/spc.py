"""Constants, control charts, rules and numerical accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from inspection.calc.spc import limits, memory, rules
from inspection.calc.spc.constants import factors

from .compare import Tolerance

Part = tuple[Any, Any, Tolerance]
NELSON = list(rules.NELSON)
# Names of the files for the Western Electric rules and for what JASP and Minitab count.
WESTERN = {"WE1": "WE1", "WE2_2of3": "WE2", "WE3_4of5": "WE3", "WE4_8run": "WE4"}
VARIANT = {
    "beyond": "1",
    "same_side_7": "2",
    "trend_7_steps": "3",
    "2of3": "5",
    "within_1s_15": "7",
    "beyond_1s_8": "8",
    "4of5": "6",
    "alternating_14_steps": "4",
}


def constants(document: Any) -> list[Part]:
    close = Tolerance.of(document["tolerance"])
    return [(expected, asdict(factors(int(n))), close) for n, expected in document["constants"].items()]


def _one(document: Any, found: Any, extra: Sequence[Part] = ()) -> list[Part]:
    return [(document["expected"], found, Tolerance.of(document["tolerance"])), *extra]


def _lines(line: limits.Limits) -> dict[str, float]:
    return {"LCL": float(line.lower[0]), "CL": float(line.centre[0]), "UCL": float(line.upper[0])}


def _beyond(chart: limits.Chart) -> list[int]:
    return rules.check(chart.points, chart.limits, ["1"])["1"]


def _western(points: Any, line: limits.Limits) -> dict[str, list[int]]:
    found = rules.check(points, line, list(rules.WESTERN))
    return {name: found[code] for name, code in WESTERN.items()}


def _groups(subgroups: Sequence[Sequence[float]]) -> dict[str, Any]:
    said = limits.summary(subgroups)
    return {
        "n": said.n,
        "k": said.k,
        "grand_mean": said.mean,
        "Rbar": said.r_bar,
        "Sbar": said.s_bar,
        "sigma_R": said.sigma_r,
        "sigma_S": said.sigma_s,
        "sigma_pooled": said.sigma_pooled,
        "xbar_R": _lines(limits.xbar(subgroups).limits),
        "R": _lines(limits.ranges(subgroups).limits),
        "xbar_S": _lines(limits.xbar(subgroups, by="S").limits),
        "S": _lines(limits.deviations(subgroups).limits),
    }


def subgroups(document: Any) -> list[Part]:
    """With phase I and II where the file says which subgroups the limits come from."""
    every = document["data"]["subgroups"]
    if "phase1" not in document["data"]:
        chart = limits.xbar(every)
        return _one(document, {**_groups(every), "nelson_xbar": rules.check(chart.points, chart.limits, NELSON)})
    first, last = document["data"]["phase1"]
    known = every[first - 1 : last]
    chart = limits.xbar(known)
    means = np.asarray(every).mean(axis=1)
    all40 = rules.check(means, chart.limits, NELSON)
    said = limits.summary(known)
    weighted = memory.ewma(chart.points, target=said.mean, sigma=said.sigma_r / said.n**0.5, weight=0.2)
    found = {
        **_groups(known),
        "phase1_beyond": {
            "xbar": _beyond(chart),
            "R": _beyond(limits.ranges(known)),
            "S": _beyond(limits.deviations(known)),
        },
        "phase1_nelson_xbar": rules.check(chart.points, chart.limits, NELSON),
        "phase2_with_phase1_limits": {
            "xbar_beyond": all40["1"],
            "nelson_all40": all40,
            "western_electric_all40": _western(means, chart.limits),
        },
        "ewma_phase1_lambda0.2_L3": {
            "z": list(weighted.points),
            "LCL": list(weighted.limits.lower),
            "UCL": list(weighted.limits.upper),
        },
    }
    return _one(document, found)


def _imr(values: Sequence[float]) -> dict[str, Any]:
    chart, moving = limits.individuals(values), limits.moving_ranges(values)
    mean, sigma = limits.moving_sigma(values)
    return {
        "k": len(values),
        "mean": float(chart.limits.centre[0]),
        "MRbar": mean,
        "sigma": sigma,
        "I": _lines(chart.limits),
        "MR": _lines(moving.limits),
        "I_nelson": rules.check(chart.points, chart.limits, NELSON),
        "MR_beyond": [at + 1 for at in _beyond(moving)],
    }


def individuals(document: Any) -> list[Part]:
    return _one(document, _imr(document["data"]["values"]))


def all_rules(document: Any) -> list[Part]:
    values = document["data"]["values"]
    chart = limits.individuals(values)
    variant = document["expected"]["jasp_minitab_variant"]["settings"]
    lengths = {"2": variant["same_side"], "3": variant["trend_steps"], "4": variant["alternating_steps"]}
    counted = rules.check(chart.points, chart.limits, NELSON, steps=True, lengths=lengths)
    found = {
        **_imr(values),
        "nelson": rules.check(chart.points, chart.limits, NELSON),
        "western_electric": _western(chart.points, chart.limits),
        "jasp_minitab_variant": {
            "settings": variant,
            "points": {name: counted[code] for name, code in VARIANT.items()},
        },
    }
    return _one(document, found)


def cusum(document: Any) -> list[Part]:
    data = document["data"]
    found = memory.cusum(data["values"], target=data["target"], allowance=data["K"], interval=data["H"])
    said = {
        "C_plus": list(found.above),
        "C_minus": list(found.below),
        "signal": found.signals,
        "imr": _imr(data["values"]),
    }
    return _one(document, said)


def ewma(document: Any) -> list[Part]:
    data = document["data"]
    asked = {"target": data["target"], "sigma": data["sigma"], "weight": data["lambda"], "width": data["L"]}
    exact = memory.ewma(data["values"], **asked)
    flat = memory.ewma(data["values"], asymptotic=True, **asked)
    found = {
        "z": list(exact.points),
        "UCL_asymptotic": flat.limits.upper[0],
        "LCL_asymptotic": flat.limits.lower[0],
        "UCL_exact": list(exact.limits.upper),
        "LCL_exact": list(exact.limits.lower),
        "beyond_asymptotic": _beyond(flat),
        "beyond_exact": _beyond(exact),
    }
    return _one(document, found)


def _counted(chart: limits.Chart, mean: str) -> dict[str, Any]:
    line = _lines(chart.limits)
    said = {mean: line["CL"], "CL": line["CL"], "UCL": line["UCL"], "LCL": line["LCL"], "beyond": _beyond(chart)}
    return {**said, "nelson_8_tests": rules.check(chart.points, chart.limits, NELSON)}


def counts(document: Any) -> list[Part]:
    """c alone, u alone, or both."""
    data = document["data"]
    if "n_boards" in data:
        both = {"c": _counted(limits.c_chart(data["counts"]), "cbar")}
        return _one(document, {**both, "u": _counted(limits.u_chart(data["counts"], data["n_boards"]), "ubar")})
    if "n" in data:
        return _one(document, _counted(limits.u_chart(data["counts"], data["n"]), "ubar"))
    return _one(document, _counted(limits.c_chart(data["counts"]), "cbar"))


def shares(document: Any) -> list[Part]:
    """The trial without the two points whose cause was found, and the limits tested against all of it."""
    data = document["data"]
    trial, size = data["defectives_trial"], data["n"]
    chart = limits.p_chart(trial, size)
    kept = [count for at, count in enumerate(trial, start=1) if at not in (15, 23)]
    revised = limits.p_chart(kept, size)
    without = _counted(revised, "pbar")
    stepped = revised.limits
    line = limits.Limits(stepped.lower[:1], stepped.centre[:1], stepped.upper[:1], stepped.sigma[:1])
    places = [at for at in range(1, len(trial) + 1) if at not in (15, 23)]
    flagged = rules.check(chart.points, line, ["1"])["1"]
    found = {
        "p": _counted(chart, "pbar"),
        "np": _counted(limits.np_chart(trial, size), "npbar"),
        "p_without_15_and_23": {**without, "beyond": [at for at in flagged if at in places]},
        "nelson_p": rules.check(chart.points, chart.limits, NELSON),
    }
    return _one(document, found)


def accuracy(document: Any) -> list[Part]:
    """NIST StRD: where a computation by sums of squares loses all its digits."""
    parts: list[Part] = []
    for one in document["sets"]:
        values = limits.numbers(_values(one))
        certified = one["certified"]
        parts.append((one["n"], values.size, Tolerance()))
        parts.append((certified["mean"], float(values.mean()), Tolerance(rel=document["tolerance"]["mean_rel"])))
        close = Tolerance(rel=document["tolerance"]["s_rel"])
        parts.append((certified["s"], float(values.std(ddof=1)), close))
        parts.append((certified["lag1_autocorrelation"], limits.lag_one(values), close))
    return parts


def _values(one: Mapping[str, Any]) -> list[float]:
    if "values" in one:
        return list(one["values"])
    if one["rule"] == "first value 1.2, then 500 times the pair 1.1, 1.3":
        return [1.2] + [1.1, 1.3] * 500
    raise ValueError(f"rule {one['rule']!r}")
