"""Inspection plans, made by the acts that make them in life."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from inspection import actions as inspection
from inspection.models import InspectionPlan
from qms.accounts.models import Site
from qms.masterdata.models import Item

from .people import person, signing

OPERATION = itertools.count(10, 10)
BORE: dict[str, Any] = {
    "balloon": "1", "name": "Bore", "nominal": Decimal(12), "lower": Decimal(12), "upper": Decimal("12.018"), "unit": "mm",
    "importance": "critical", "gauge_kind": "micrometer",
}  # fmt: skip
BURR: dict[str, Any] = {"balloon": "2", "name": "Burr", "kind": "attribute", "importance": "minor"}
PLAN_WAY: dict[str, tuple[str, ...]] = {
    "DRAFT": (),
    "IN_REVIEW": ("submit",),
    "RELEASED": ("submit", "release"),
    "SUPERSEDED": ("submit", "release"),
    "WITHDRAWN": ("submit", "release", "withdraw"),
    "CANCELLED": ("cancel",),
}


class Plans:
    """Of a scope of its own (an operation that no other plan has) unless `operation` is given."""

    def inspectionplan(
        self,
        *,
        state: str = "DRAFT",
        released: bool = False,
        characteristics: Sequence[dict[str, Any]] | None = None,
        site: str = "AUG",
        by: str = "engineer",
        item: str = "TB-4711",
        operation: str | None = None,
        name: str = "",
        **values: Any,
    ) -> InspectionPlan:
        rows = [{**BORE, **({"name": name} if name else {})}, BURR] if characteristics is None else characteristics
        given = {
            "title": "Bolt",
            "kind": "incoming",
            "scheme": "z14_single",
            "level": "II",
            "aql": Decimal("1.0"),
            **values,
        }
        if given["scheme"] not in ("z14_single", "z14_double", "z19"):
            given.pop("level")
        made = inspection.draft(
            by=person(by), site=Site.objects.get(code=site), item=Item.objects.live().get(number=item),
            operation=f"{next(OPERATION)}" if operation is None else operation, characteristics=rows, **given,
        )  # fmt: skip
        state = "RELEASED" if released else state
        for step in PLAN_WAY[state]:
            made = self.plan_step(made, step, by)
        if state == "SUPERSEDED":
            following = inspection.draft(by=person(by), site=made.site, base=made)
            for step in PLAN_WAY["RELEASED"]:
                following = self.plan_step(following, step, by)
        return InspectionPlan.objects.get(pk=made.pk)

    def plan_step(self, plan: InspectionPlan, step: str, by: str = "engineer") -> InspectionPlan:
        other = person("manager" if plan.site.code == "AUG" else "zhuguan")
        act = inspection.INSPECTIONPLAN_STEPS[step]
        if step == "release":
            return act(inspectionplan=plan, by=other, signing=signing(other))
        reason = {"reason": "no longer made"} if step in ("withdraw", "cancel", "return") else {}
        return act(inspectionplan=plan, by=other if step in ("withdraw", "return") else person(by), **reason)
