"""REST of legal holds and disposals: the same acts as the buttons."""

from typing import Any

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .actions import disposals, holds
from .models import Disposal, LegalHold

HOLD_ACTS: dict[str, Any] = actions.LEGALHOLD_STEPS
DISPOSAL_ACTS: dict[str, Any] = actions.DISPOSAL_STEPS
LEGAL_HOLDS = RecordApi(
    name="legal-holds",
    model=LegalHold,
    listing=tables.HOLDS,
    detail=serializers.LegalHoldShown,
    related=("site",),
    create=Step(actions.place, serializers.PlaceBody, permission=holds.RIGHT),
    steps={n: Step(act, serializers.ExtendBody if n == "extend" else NoBody) for n, act in HOLD_ACTS.items()},
)
DISPOSALS = RecordApi(
    name="disposals",
    model=Disposal,
    listing=tables.DISPOSALS,
    detail=serializers.DisposalShown,
    related=("site", "proposed_by", "approved_by"),
    create=Step(actions.draft, serializers.DraftBody, permission=disposals.RIGHT),
    steps={name: Step(act) for name, act in DISPOSAL_ACTS.items()},
)

urlpatterns = [*LEGAL_HOLDS.urls(), *DISPOSALS.urls()]
