"""Tables, look-ups, scenarios and curves of sampling."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from inspection.calc import switching
from inspection.calc.sampling import Stage, code_letter, curves, master, plan, variables, zero

from .compare import Tolerance

Part = tuple[Any, Any, Tolerance]
EXACT = Tolerance()


def letters(document: Any) -> list[Part]:
    """At both ends of each range of lot sizes."""
    parts: list[Part] = []
    for row in document["rows"]:
        for lot in {row["lot_min"], row["lot_max"] or row["lot_min"]}:
            parts.append((row["letters"], {level: code_letter(lot, level) for level in row["letters"]}, EXACT))
    return parts


def single(severity: str) -> Callable[[Any], list[Part]]:
    def run(document: Any) -> list[Part]:
        return [part for row in document["rows"] for part in _single_row(severity, row, document["aql"])]

    return run


def _single_row(severity: str, row: Mapping[str, Any], aqls: list[str]) -> list[Part]:
    code = row["code"]
    cells = {aql: _plain(master.CELLS[severity][code, column]) for column, aql in enumerate(aqls)}
    parts: list[Part] = [(row["n"], master.size(code, severity), EXACT), (row["cells"], cells, EXACT)]
    if code != master.ROW_S:
        found = {aql: _resolved(master.RESOLVED[severity][code, column]) for column, aql in enumerate(aqls)}
        parts.append((row["resolved"], found, EXACT))
    return parts


def _plain(cell: master.Cell) -> Any:
    return cell if isinstance(cell, str) else list(cell)


def _resolved(found: master.Resolved) -> dict[str, Any]:
    return {"use_letter": found.letter, "n": found.n, "ac": found.ac, "re": found.re}


def double(severity: str) -> Callable[[Any], list[Part]]:
    def run(document: Any) -> list[Part]:
        return [
            (
                row["resolved"],
                {aql: _double(severity, row["code"], at) for at, aql in enumerate(document["aql"])},
                EXACT,
            )
            for row in document["rows"]
        ]

    return run


def _double(severity: str, code: str, column: int) -> dict[str, Any]:
    found = master.RESOLVED[severity][code, column]
    pair = master.double(severity, found)
    if pair is None:
        return {"use": "single", **_resolved(found)}
    n, ac1, re1, ac2, re2 = pair
    return {
        "use": "double",
        "use_letter": found.letter,
        "n1": n,
        "n2": n,
        "ac1": ac1,
        "re1": re1,
        "ac2": ac2,
        "re2": re2,
    }


def resolved(rows: list[dict[str, str]]) -> list[Part]:
    """The resolved cells once more, as a table of text."""
    parts: list[Part] = []
    for row in rows:
        found = master.RESOLVED[row["severity"]][row["code"], master.COLUMN[Decimal(row["aql"])]]
        expected = {"use_letter": row["use_letter"], "n": int(row["n"]), "ac": int(row["ac"]), "re": int(row["re"])}
        parts.append((expected, _resolved(found), EXACT))
    return parts


def lookups(document: Any) -> list[Part]:
    return [(case["expected"], _lookup(case), EXACT) for case in document["cases"]]


def _lookup(case: Mapping[str, Any]) -> dict[str, Any]:
    asked = {"lot": case["lot"], "level": case["level"], "severity": case["severity"], "aql": Decimal(case["aql"])}
    found = plan(scheme="z14_single", **asked)
    return {
        "code_letter": found.asked,
        "plan_letter": found.letter,
        "n_table": found.table_n,
        "n_to_inspect": found.n,
        "hundred_percent": found.whole_lot,
        "ac": found.ac,
        "re": found.re,
    }


def variables_s(document: Any) -> list[Part]:
    """M is exact; k is computed from it and printed to three places."""
    parts: list[Part] = [
        (letter, variables.plan(lot=int(lot), level=level, aql=Decimal("1.0")).asked, EXACT)
        for level, rows in document["code_letters"].items()
        for span, letter in rows.items()
        for lot in span.rstrip("+").split("-")
    ]
    for severity, rows in document["plans"].items():
        parts += [
            part
            for code, cells in rows.items()
            for aql, cell in cells.items()
            for part in _s_cell(severity, code, aql, cell)
        ]
    return parts


def _s_cell(severity: str, code: str, aql: str, cell: Mapping[str, Any]) -> list[Part]:
    _letter, n, percent = variables.cell(severity, code, variables.AQLS.index(Decimal(aql)))
    exact: Part = ({"n": cell["n"], "M_pct": cell["M_pct"]}, {"n": n, "M_pct": float(percent)}, EXACT)
    return [exact, (cell["k"], variables.k_of(n, percent), Tolerance(abs=0.0006))]


STEADY = switching.SwitchState(steady=True, authorised=True)


def scenarios(document: Any) -> list[Part]:
    return [
        (
            {"used": one["expected_severity_used"], "next": one["expected_next"]},
            _scenario("iso" if one["scheme"].startswith("ISO") else "z14", one["lots"], len(one["expected_next"])),
            EXACT,
        )
        for one in document["scenarios"]
    ]


def _scenario(scheme: str, lots: str, length: int) -> dict[str, list[str]]:
    state, used, following = STEADY, [], []
    for lot in lots[:length]:
        used.append(state.severity)
        judged = switching.LotJudged(accepted=lot in "Ag", gap=lot == "g")
        state, _reasons = switching.step(scheme, state, judged)
        following.append(state.severity)
    return {"used": used, "next": following}


def zero_acceptance(document: Any) -> list[Part]:
    return [(case["n"], _zero(case), EXACT) for case in document["cases"]]


def _zero(case: Mapping[str, Any]) -> int:
    risk = Decimal(str(case["beta"]))
    if case["model"] == "binomial":
        return zero.endless(limit=Decimal(str(case["p"])) * 100, risk=risk)
    if case["model"] == "hypergeometric":
        return zero.among(lot=case["N"], bad=case["D"], risk=risk)
    raise ValueError(f"model {case['model']!r}")


def curves_oc(document: Any) -> list[Part]:
    close = Tolerance.of(document["tolerance"])
    parts: list[Part] = [part for case in document["single"] for part in _single_curves(case, close)]
    for case in document["hypergeometric"]:
        shares = [bad / case["N"] for bad in case["D"]]
        found = curves.acceptance([_stage(case["n"], case["c"])], shares, model="hypergeometric", lot=case["N"])
        parts.append((case["pa"], list(found), close))
    for case in document["double"]:
        parts += _double_curves(case, close)
    for case in document["variables_k"]:
        known = case["s_type"] == "known"
        accepted = variables.acceptance(n=case["n"], k=case["k"], fractions=case["pd"], sigma_known=known)
        parts.append((case["pa"], accepted, close))
    return parts + _nist(document["nist_52_3"]) + [_designed(case) for case in document["two_point_design"]]


def _stage(n: int, ac: int) -> Stage:
    return Stage(n, n, ac, ac + 1)


def _single_curves(case: Mapping[str, Any], close: Tolerance) -> list[Part]:
    stages = [Stage(case["n"], case["n"], case["c"], case["r"])]
    return [
        (case[model], list(curves.acceptance(stages, case["pd"], model=model)), close)
        for model in ("binomial", "poisson")
    ]


def _double_curves(case: Mapping[str, Any], close: Tolerance) -> list[Part]:
    first, second = case["n"]
    stages = [
        Stage(first, first, case["c"][0], case["r"][0]),
        Stage(second, first + second, case["c"][1], case["r"][1]),
    ]
    return [
        (case["binomial"], list(curves.acceptance(stages, case["pd"])), close),
        (case["asn_no_curtailment"], list(curves.average_sample(stages, case["pd"])), close),
    ]


def _nist(case: Mapping[str, Any]) -> list[Part]:
    stages, lot, close = [_stage(case["n"], case["c"])], case["N"], Tolerance(rel=1e-6)
    return [
        (case["Pa"], list(curves.acceptance(stages, case["p"])), close),
        (case["AOQ"], list(curves.outgoing(stages, case["p"], lot=lot)), close),
        (case["AOQ_simple_p_Pa"], list(curves.outgoing(stages, case["p"])), close),
        (case["ATI"], list(curves.average_inspection(stages, case["p"], lot=lot)), close),
    ]


def _designed(case: Mapping[str, Any]) -> Part:
    (good, producer), (bad, consumer) = case["PRP"], case["CRP"]
    found = curves.two_points(good=good, producer=producer, bad=bad, consumer=consumer)
    return {"n": case["n"], "c": case["c"], "r": case["r"]}, {"n": found.n, "c": found.ac, "r": found.re}, EXACT
