"""REST of reviews: the same acts as the buttons."""

from typing import Any

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .actions.trail import RIGHT
from .models import AccessReview, TrailReview

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

urlpatterns = [*TRAIL_REVIEWS.urls(), *ACCESS_REVIEWS.urls()]
