"""REST of reviews: the same acts as the buttons."""

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .actions.trail import RIGHT
from .models import TrailReview

BODIES = {"mark": serializers.MarkBody, "withdraw": serializers.WithdrawBody, "edit": serializers.PlanFields}
TRAIL_REVIEWS = RecordApi(
    name="trail-reviews",
    model=TrailReview,
    listing=tables.REVIEWS,
    detail=serializers.TrailReviewShown,
    related=("site", "owner", "reviewer"),
    create=Step(actions.plan, serializers.PlanBody, permission=RIGHT),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.TRAILREVIEW_STEPS.items()},
)

urlpatterns = TRAIL_REVIEWS.urls()
