"""Capability and measurement systems."""

from dataclasses import asdict
from typing import Any

import numpy as np

from inspection.calc import capability
from inspection.calc.msa import grr, ranges

from .compare import Tolerance

Part = tuple[Any, Any, Tolerance]


def _one(document: Any, found: Any) -> list[Part]:
    return [(document["expected"], found, Tolerance.of(document["tolerance"]))]


def values(document: Any) -> list[Part]:
    """Capability of subgroups or of single values."""
    data = document["data"]
    limits = {"lower": data["lsl"], "upper": data["usl"], "target": data["target"]}
    if "subgroups" not in data:
        return _one(document, _capability(capability.of_values(data["values"], **limits)))
    said = capability.of_subgroups(data["subgroups"], **limits)
    found = _capability(said)
    for name, by in (("Rbar_d2", "R"), ("Sbar_c4", "S"), ("pooled", "pooled")):
        found[f"sigma_within_{name}"] = capability.within_sigma(data["subgroups"], by=by)
    within = said.within
    assert within is not None
    found["within_ci_qcc"] = {
        "Cp": within.potential_interval,
        "Cpk": within.actual_interval,
        "Cpm": capability.taguchi(mean=said.mean, sigma=within.sigma, **limits),
    }
    return _one(document, found)


def _capability(said: capability.Capability) -> dict[str, Any]:
    overall = {**_named(said.overall, "p"), "Cpm": said.cpm}
    found = {"n": said.n, "mean": said.mean, "s_overall": said.s, "overall": overall}
    found |= {"observed_below": said.beyond[0], "observed_above": said.beyond[1]}
    return found if said.within is None else found | {"within": _named(said.within, "c")}


def _named(one: capability.Indices, kind: str) -> dict[str, Any]:
    k = {"c": "Cp", "p": "Pp"}[kind]
    return {
        k: one.potential,
        f"{k}l": one.lower,
        f"{k}u": one.upper,
        f"{k}k": one.actual,
        f"{k}_ci95": one.potential_interval,
        f"{k}k_ci95": one.actual_interval,
        "ppm_below": one.ppm_below,
        "ppm_above": one.ppm_above,
    }


def summary(document: Any) -> list[Part]:
    data = document["data"]
    said = capability.indices(
        mean=data["mean"], sigma=data["s"], n=data["n_for_ci"], lower=data["lsl"], upper=data["usl"]
    )
    found = _named(said, "c")
    n = data["n_for_ci"]
    assert said.potential is not None
    off = abs(data["mean"] - (data["usl"] + data["lsl"]) / 2) / ((data["usl"] - data["lsl"]) / 2)
    return _one(document, {**found, "k": off, f"Cp_ci95_n{n}": found["Cp_ci95"], f"Cpk_ci95_n{n}": found["Cpk_ci95"]})


def percentiles(document: Any) -> list[Part]:
    data = document["data"]
    name = data["distribution"].split()[0]
    fit = capability.by_percentiles(data["values"], distribution=name, lower=data["lsl"], upper=data["usl"])
    raw = np.asarray(data["values"], dtype=float)
    found = {
        "n": raw.size,
        "mean": raw.mean(),
        "s": raw.std(ddof=1),
        "params": fit.parameters,
        "x0.135": fit.low,
        "x50": fit.median,
        "x99.865": fit.high,
        "Pp": fit.pp,
        "Ppl": fit.ppl,
        "Ppu": fit.ppu,
        "Ppk": fit.ppk,
        "ppm_below": fit.ppm_below,
        "ppm_above": fit.ppm_above,
    }
    return _one(document, found)


def gauge(document: Any) -> list[Part]:
    """ANOVA, and the average and range form where the file expects it."""
    data, expected = document["data"], document["expected"]
    x, tolerance = data["values_operator_part_trial"], data["tolerance"]
    found: dict[str, Any] = {"anova": _anova(x, tolerance)}
    if "average_range" in expected:
        found["average_range"] = _form(x, tolerance)
    return _one(document, found)


def _anova(x: Any, tolerance: float) -> dict[str, Any]:
    said, shape = grr.crossed(x, tolerance=tolerance), np.asarray(x).shape
    return {
        "design": dict(zip(("operators", "parts", "trials"), shape, strict=True)),
        "grand_mean": np.asarray(x).mean(),
        "anova_with_interaction": {name: _row(row) for name, row in said.table.items()},
        "anova_pooled": {name: _row(row) for name, row in said.pooled_table.items()},
        "interaction_kept_at_0.25": said.kept,
        "interaction_kept_at_0.05": grr.crossed(x, alpha=0.05).kept,
        "components_with_interaction": _components(said.with_interaction),
        "components_pooled": _components(said.pooled),
    }


def _row(row: grr.Row) -> dict[str, Any]:
    return {
        {"df": "df", "ss": "SS", "ms": "MS", "f": "F", "p": "p"}[name]: value for name, value in asdict(row).items()
    }


def _components(one: grr.Components) -> dict[str, Any]:
    return {
        "variance": one.variance,
        "pct_contribution": one.contribution,
        "sd": one.sd,
        "study_var": one.study,
        "pct_study_var": one.percent_study,
        "pct_tolerance": one.percent_tolerance,
        "ndc_raw_sqrt2": one.ndc_raw,
        "ndc_raw_1.41": one.ndc_raw / 2**0.5 * 1.41,
        "ndc": one.ndc,
    }


def _form(x: Any, tolerance: float) -> dict[str, Any]:
    said = ranges.average_range(x, tolerance=tolerance)
    k1, k2, k3 = said.k
    return {
        "Rbar": said.r_bar,
        "R_by_operator": said.r_by_operator,
        "Xdiff": said.x_diff,
        "Rp": said.r_p,
        "K1": k1,
        "K2": k2,
        "K3": k3,
        "UCL_R": said.ucl_r,
        "EV": said.ev,
        "AV": said.av,
        "GRR": said.grr,
        "PV": said.pv,
        "TV": said.tv,
        "pct_EV": said.percent(said.ev),
        "pct_AV": said.percent(said.av),
        "pct_GRR": said.percent(said.grr),
        "pct_PV": said.percent(said.pv),
        "ndc_raw": said.ndc_raw,
        "ndc": said.ndc,
        "pct_tolerance_GRR": said.percent_tolerance,
    }


def gauge_rows(rows: list[dict[str, str]]) -> list[Part]:
    """The readings as a table: balanced, so that a study can be computed from it, and its components add up."""
    operators, parts = (list(dict.fromkeys(row[name] for row in rows)) for name in ("operator", "part"))
    x = [[[float(r["value"]) for r in rows if (r["operator"], r["part"]) == (o, p)] for p in parts] for o in operators]
    said = grr.crossed(x)
    table, close = said.table, Tolerance(rel=1e-9)
    total = sum(row.ss for name, row in table.items() if name != "total")
    return [(len(rows), np.asarray(x).size, Tolerance()), (table["total"].ss, total, close)]
