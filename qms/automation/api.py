"""REST of automation: the same acts as the buttons."""

from typing import Any

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .models import Case, Rule
from .workflow import EDIT

BODIES = {"edit": serializers.RuleFields, "try": serializers.TryBody}
RULE_ACTS: dict[str, Any] = actions.RULE_STEPS
CASE_ACTS: dict[str, Any] = actions.CASE_STEPS
RULES = RecordApi(
    name="automation-rules",
    model=Rule,
    listing=tables.RULES,
    detail=serializers.RuleShown,
    related=("site", "owner", "defect_code", "approved_by", "approved_too_by"),
    create=Step(actions.draft, serializers.RuleBody, permission=EDIT),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in RULE_ACTS.items()},
)
CASES = RecordApi(
    name="automation-cases",
    model=Case,
    listing=tables.CASES,
    detail=serializers.CaseShown,
    related=("site", "rule", "ncr"),
    steps={name: Step(act) for name, act in CASE_ACTS.items()},
)

urlpatterns = [*RULES.urls(), *CASES.urls()]
