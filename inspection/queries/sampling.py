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
from ..choices import TABLES, OwnSample, Scheme

# Of these no lot can be carried out yet: a second sample, and a verdict by mean and standard deviation.
UNSUPPORTED = (Scheme.Z14_DOUBLE, Scheme.Z19)


def said(error: CalcError, field: str = "") -> Invalid:
    """A refusal of the calculation, in the reader's language."""
    return Invalid(_(error.sentence) % error.facts, field=field, code=error.code)


def drawn(*, rule: Mapping[str, Any], lot: int, severity: str) -> SamplePlan:
    """`rule`: scheme, level, aql, size, percent as a plan's snapshot has them; decimals are text. Raises Invalid."""
    scheme = rule["scheme"]
    if scheme in UNSUPPORTED:
        raise Invalid(
            _("Lots are not inspected by %(scheme)s yet.") % {"scheme": Scheme(scheme).label},
            hint=_(
                "Release an edition of the plan with single sampling, C = 0, a fixed number, a percentage or 100 %."
            ),
            code="scheme_unsupported",
        )
    is_single = lot < 2 and scheme in TABLES  # the tables begin at two items
    try:
        return sampling.plan(
            scheme="all" if is_single else scheme,
            lot=lot,
            level=rule.get("level") or "II",
            aql=_number(rule.get("aql")),
            severity=severity if scheme in TABLES else "normal",
            size=rule.get("size"),
            percent=_number(rule.get("percent")),
        )
    except CalcError as error:
        raise said(error, "quantity") from error


def own(*, line: Mapping[str, Any], lot: int, severity: str) -> SamplePlan | None:
    """The sample of a characteristic that does not follow the plan's rule; None for one that does."""
    kind = line["sampling"]
    if kind == OwnSample.INHERIT:
        return None
    if kind == OwnSample.OWN:
        return drawn(rule=line, lot=lot, severity=severity)
    scheme = "fixed" if kind == OwnSample.FIXED else "all"
    return drawn(rule={"scheme": scheme, "size": line["sample_size"]}, lot=lot, severity=severity)


def _number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))


def tighter_accepts(inspection: Any, found: int) -> bool | None:
    """Would the AQL one step tighter have accepted the lot, too (ISO 2859-1, 9.3.3)? None where Ac is 0 or 1: nobody asks."""
    if (inspection.accept or 0) < 2:
        return None
    ac = sampling.tighter(again(inspection))
    return ac is not None and found <= ac


def again(inspection: Any) -> SamplePlan:
    """The plan that the inspection was released with."""
    return drawn(rule=inspection.plan_content, lot=inspection.lot_size, severity=inspection.severity or "normal")
