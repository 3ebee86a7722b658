"""How many of a lot are inspected: the plan's rule, the lot's size and the severity that the sequence stands at."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

from ..calc import sampling
from ..calc.errors import CalcError
from ..calc.sampling import SamplePlan
from ..calc.switching import LotJudged
from ..choices import NUMERIC, TABLES, LotVerdict, OwnSample, Scheme


def said(error: CalcError, field: str = "") -> Invalid:
    """A refusal of the calculation, in the reader's language."""
    return Invalid(_(error.sentence) % error.facts, field=field, code=error.code)


def drawn(*, rule: Mapping[str, Any], lot: int, severity: str) -> SamplePlan:
    """`rule`: scheme, level, aql, size, percent and zero_table as a plan's snapshot has them; decimals are text. Raises Invalid."""
    scheme = rule["scheme"]
    is_single = lot < 2 and scheme in TABLES  # the tables begin at two items
    try:
        if scheme == Scheme.Z19 and not is_single:
            return _by_variables(rule, lot, severity)
        return sampling.plan(
            scheme="all" if is_single else scheme,
            lot=lot,
            level=rule.get("level") or "II",
            aql=_number(rule.get("aql")),
            severity=severity if scheme in TABLES else "normal",
            size=rule.get("size"),
            percent=_number(rule.get("percent")),
            table=rule.get("zero_table") or None,
        )
    except CalcError as error:
        raise said(error, "quantity") from error


def _by_variables(rule: Mapping[str, Any], lot: int, severity: str) -> SamplePlan:
    from ..calc.sampling import variables  # loads scipy

    aql = _number(rule.get("aql")) or Decimal(0)
    return variables.as_sample(variables.plan(lot=lot, aql=aql, level=rule.get("level") or "II", severity=severity))


def check_measured(content: Mapping[str, Any]) -> None:
    """The s method judges measured values with limits: whatever follows such a rule has them. Raises Invalid."""
    for line in content["characteristics"]:
        scheme = line["scheme"] if line["sampling"] == OwnSample.OWN else content["scheme"]
        follows = line["sampling"] in (OwnSample.OWN, OwnSample.INHERIT) and not line["is_reference"]
        has_limits = line["kind"] in NUMERIC and (line["lower"] is not None or line["upper"] is not None)
        if follows and scheme == Scheme.Z19 and not has_limits:
            raise Invalid(
                _("Characteristic %(balloon)s is not measured against limits, so the s method cannot judge it.")
                % {"balloon": line["balloon"]},
                field="plan",
                hint=_(
                    "Give it a sample of its own in the next edition of the plan: a fixed number, 100 % or an own AQL."
                ),
                code="not_by_variables",
            )


def own(*, line: Mapping[str, Any], content: Mapping[str, Any], lot: int, severity: str) -> SamplePlan | None:
    """The sample of a characteristic that does not follow the plan's rule (`content`); None for one that does. Its C = 0 samples are those
    of the plan's own table, where that has a column for its AQL."""
    kind = line["sampling"]
    if kind == OwnSample.INHERIT:
        return None
    if kind == OwnSample.OWN:
        return drawn(rule={**line, "zero_table": _for_line(line, content)}, lot=lot, severity=severity)
    scheme = "fixed" if kind == OwnSample.FIXED else "all"
    return drawn(rule={"scheme": scheme, "size": line["sample_size"]}, lot=lot, severity=severity)


def _for_line(line: Mapping[str, Any], content: Mapping[str, Any]) -> Any:
    table = content.get("zero_table") or ()
    has_column = table and all(_number(line["aql"]) in {Decimal(aql) for aql in row["n"]} for row in table)
    return table if line["scheme"] == Scheme.C0 and has_column else None


def _number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))


def counted(inspection: Any) -> LotJudged:
    """The result of a lot as the switching rules want it. Of a double plan the score asks whether the first sample accepted the lot, of the
    s method whether M one AQL step tighter does: both as for Ac 2 or more."""
    accepted = inspection.verdict == LotVerdict.ACCEPTED
    ac, tighter = inspection.accept or 0, tighter_accepts(inspection, inspection.found or 0)
    groups = inspection.judged.get("groups", [])
    if inspection.sampling.get("scheme") == Scheme.Z19:
        ac, tighter = 2, _tighter_by_variables(inspection, groups)
    elif len(inspection.sampling.get("stages", ())) > 1:
        ac, tighter = 2, all(group.get("stage", 1) == 1 for group in groups if not group["balloon"])
    return LotJudged(
        accepted=accepted, ac=ac, original=inspection.resubmits_id is None, gap=bool(inspection.judged.get("gap")),
        tighter_accepted=tighter,
    )  # fmt: skip


def _tighter_by_variables(inspection: Any, groups: list[dict[str, Any]]) -> bool:
    from ..calc.sampling import variables

    told = inspection.sampling
    plan = variables.plan(lot=told["lot"], aql=Decimal(told["aql"]), level=told["level"], severity=told["severity"])
    most = variables.tighter(plan)
    return most is not None and all(group["s"]["p"] <= float(most) for group in groups if "s" in group)


def tighter_accepts(inspection: Any, found: int) -> bool | None:
    """Would the AQL one step tighter have accepted the lot, too (ISO 2859-1, 9.3.3)? None where Ac is 0 or 1: nobody asks."""
    if (inspection.accept or 0) < 2:
        return None
    ac = sampling.tighter(again(inspection))
    return ac is not None and found <= ac


def again(inspection: Any) -> SamplePlan:
    """The plan that the inspection was released with."""
    return drawn(rule=inspection.plan_content, lot=inspection.lot_size, severity=inspection.severity or "normal")
