"""REST of reviews: the same acts as the buttons."""

from typing import Any

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .actions.trail import RIGHT
from .models import AccessReview, SystemReview, TrailReview

BODIES = {"mark": serializers.MarkBody, "withdraw": serializers.WithdrawBody, "edit": serializers.PlanFields}
ACTS: dict[str, Any] = actions.TRAILREVIEW_STEPS
STEPS = {name: Step(act, BODIES.get(name, NoBody)) for name, act in ACTS.items()}
TRAIL_REVIEWS = RecordApi(
    name="trail-reviews",
    model=TrailReview,
    listing=tables.REVIEWS,
    detail=serializers.TrailReviewShown,
    related=("site", "owner", "reviewer"),
    create=Step(actions.plan, serializers.PlanBody, permission=RIGHT),
    steps=STEPS,
)
ACCESS_REVIEWS = RecordApi(
    name="access-reviews",
    model=AccessReview,
    listing=tables.ACCESS_REVIEWS,
    detail=serializers.AccessReviewShown,
    related=("site", "owner"),
    create=Step(actions.plan_access, serializers.AccessPlanBody, permission=actions.access.RIGHT),
    steps={
        name: Step(act, serializers.DecideBody if name == "decide" else NoBody)
        for name, act in actions.ACCESSREVIEW_STEPS.items()
    },
)

SYSTEM_ACTS: dict[str, Any] = actions.SYSTEMREVIEW_STEPS
SYSTEM_REVIEWS = RecordApi(
    name="system-reviews",
    model=SystemReview,
    listing=tables.SYSTEM_REVIEWS,
    detail=serializers.SystemReviewShown,
    related=("site", "owner"),
    create=Step(actions.plan_periodic, serializers.PeriodicBody, permission=actions.periodic.RIGHT),
    steps={n: Step(act, serializers.JudgeBody if n == "sign" else NoBody) for n, act in SYSTEM_ACTS.items()},
)

urlpatterns = [*TRAIL_REVIEWS.urls(), *ACCESS_REVIEWS.urls(), *SYSTEM_REVIEWS.urls()]
