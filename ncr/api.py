"""REST of NCRs and holds: the same acts as the buttons."""

from collections.abc import Callable, Mapping
from typing import Any

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Strict

from . import actions, permissions, queries, serializers, tables
from .models import Hold, Nonconformance

BODIES: dict[str, type[Strict]] = {
    "disposition": serializers.DispositionBody,
    "hold": serializers.HoldBody,
    "instruct": serializers.InstructBody,
    "edit": serializers.EditBody,
    "execute": serializers.ExecuteBody,
    "carry-out": serializers.PartBody,
    "rework": serializers.ReworkBody,
    "reinspect": serializers.ReinspectBody,
    "evidence": serializers.EvidenceBody,
    "customer-approval": serializers.CustomerBody,
    "cancel-posting": serializers.PostingBody,
    "reverse": serializers.PostingBody,
    "skip-posting": serializers.PostingBody,
    "record-document": serializers.DocumentBody,
}


def statement(step: str) -> Callable[[Any, dict[str, Any], Any], str]:
    def say(ncr: Nonconformance, data: dict[str, Any], user: Any) -> str:
        slot = permissions.slot_for(ncr, user) if step == "approve" else None
        return queries.statement(ncr, step, slot=slot, reason=data.get("reason", ""), data=data)

    return say


def steps(acts: Mapping[str, Any]) -> dict[str, Step]:
    return {name: Step(act, BODIES.get(name, NoBody), statement(name)) for name, act in acts.items()}


NCRS = RecordApi(
    name="ncrs",
    model=Nonconformance,
    listing=tables.NCRS,
    detail=serializers.NcrShown,
    related=("site", "defect_code", "owner", "created_by"),
    create=Step(actions.report, serializers.ReportBody, permission="ncr.report"),
    steps=steps(actions.STEPS),
)
HOLDS = RecordApi(
    name="holds",
    model=Hold,
    listing=tables.HOLDS,
    detail=serializers.HoldShown,
    related=("site", "ncr"),
    steps=steps(actions.HOLD_STEPS),
)

urlpatterns = [*NCRS.urls(), *HOLDS.urls()]
