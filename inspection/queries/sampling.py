"""How many of a lot are inspected: the plan's rule, the lot's size and the severity that the sequence stands at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

from ..calc import sampling
from ..calc.errors import CalcError
from ..calc.sampling import SamplePlan
from ..calc.switching import LotJudged
from ..choices import NUMERIC, TABLES, LotVerdict, OwnSample, Scheme, Switching


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


def check_switching(content: Mapping[str, Any]) -> None:
    """What switches by itself follows the plan's rules of switching, so it needs some. Raises Invalid."""
    for line in content["characteristics"]:
        if line.get("switches") and content["switching"] == Switching.NONE:
            raise Invalid(
                _("Characteristic %(balloon)s switches by itself, but the plan has no switching rules.")
                % {"balloon": line["balloon"]},
                field="switching",
                hint=_("Choose the rules under “Edit”, or have the characteristic follow the plan."),
                code="no_switching_rules",
            )


def counted(inspection: Any) -> LotJudged:
    """The result of a lot as the switching rules want it; what switches by itself is left to `counted_apart`, unless the rest was not
    read to its end."""
    groups, apart = inspection.judged.get("groups", []), {one["balloon"] for one in inspection.switching_lines()}
    shared = [group for group in groups if group["balloon"] not in apart]
    own_sample = [one for one in shared if "s" in one or not one["balloon"]]
    is_known = bool(apart) and all(map(_is_judged, shared)) and _is_read(inspection, but=apart)
    accepted = inspection.verdict == LotVerdict.ACCEPTED or is_known and not any(_refused(one) for one in shared)
    return _told(
        inspection, inspection.sampling, own_sample, accepted=accepted, ac=inspection.accept or 0,
        tighter=lambda: tighter_accepts(inspection, inspection.found or 0), gap=bool(inspection.judged.get("gap")),
    )  # fmt: skip


def counted_apart(inspection: Any, origin: Any) -> LotJudged | None:
    """The same of a characteristic that switches by itself. None: another one refused the lot before it was read to its end."""
    line = inspection.characteristics.get(origin=origin)
    groups = [group for group in inspection.judged.get("groups", []) if group["balloon"] == line.balloon]
    refused = any(_refused(group) for group in groups)
    if not groups or not all(map(_is_judged, groups)) or not refused and not _is_read(inspection, only=line.balloon):
        return None
    told, found = line.sampling, sum(group["found"] for group in groups)

    def tighter() -> bool | None:
        if (line.accept or 0) < 2:
            return None
        content = next(one for one in inspection.switching_lines() if one["origin"] == str(line.origin))
        plan = own(line=content, content=inspection.plan_content, lot=inspection.lot_size, severity=told["severity"])
        ac = sampling.tighter(plan) if plan else None
        return ac is not None and found <= ac

    gap = not refused and any("ac" in one and one["ac"] < one["found"] < one["re"] for one in groups)
    return _told(inspection, told, groups, accepted=not refused, ac=line.accept or 0, tighter=tighter, gap=gap)


def _told(
    inspection: Any, told: Mapping[str, Any], groups: list[dict[str, Any]], *, accepted: bool, ac: int,
    tighter: Callable[[], bool | None], gap: bool,
) -> LotJudged:  # fmt: skip
    """Of a double plan the score asks whether the first sample accepted the lot, of the s method whether M one AQL step tighter does:
    both as for Ac 2 or more."""
    if told.get("scheme") == Scheme.Z19:
        ac, tighter = 2, lambda: _tighter_by_variables(told, groups)
    elif len(told.get("stages", ())) > 1:
        ac, tighter = 2, lambda: all(group.get("stage", 1) == 1 for group in groups)
    return LotJudged(
        accepted=accepted, ac=ac, original=inspection.resubmits_id is None, gap=gap, tighter_accepted=tighter()
    )


def _is_judged(group: Mapping[str, Any]) -> bool:
    """The s method says nothing where the lot was refused by counting."""
    return "s" in group or "re" in group


def _refused(group: Mapping[str, Any]) -> bool:
    return not group["s"]["accepted"] if "s" in group else "re" in group and group["found"] >= group["re"]


def _is_read(inspection: Any, *, but: Collection[str] = (), only: str = "") -> bool:
    """Every wanted cell of these characteristics has a reading."""
    lines = [one for one in inspection.characteristics.all() if not one.is_reference and one.balloon not in but]
    lines = [one for one in lines if not only or one.balloon == only]
    read = inspection.readings().filter(characteristic__in=lines).values("characteristic", "sample").distinct().count()
    return bool(read == sum(one.wanted for one in lines))


def _tighter_by_variables(told: Mapping[str, Any], groups: list[dict[str, Any]]) -> bool:
    from ..calc.sampling import variables

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
