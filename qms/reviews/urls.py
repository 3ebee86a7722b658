from django.urls import path

from qms.ui.views import ListView

from . import tables
from .models import TrailReview
from .views import rules, trail

app_name = "reviews"
ENTRIES = tables.entries_of(TrailReview(), None, may_mark=False)
urlpatterns = [
    path("trail/reviews/", ListView.as_view(spec=tables.REVIEWS), name="trailreview-list"),
    path("trail/reviews/new", trail.Plan.as_view(), name="trailreview-create"),
    path("trail/reviews/rules", ListView.as_view(spec=tables.RULES), name="rules"),
    path("trail/reviews/rules/<int:pk>", rules.Rule.as_view(), name="rule"),
    path("trail/reviews/<str:number>", trail.Detail.as_view(), name="trailreview-detail"),
    path("trail/reviews/<str:number>/entries", trail.Entries.as_view(spec=ENTRIES), name="trailreview-entries"),
    path("trail/reviews/<str:number>/edit", trail.Edit.as_view(), name="trailreview-edit"),
    path("trail/reviews/<str:number>/mark", trail.MarkEntry.as_view(), name="trailreview-mark"),
    path("trail/reviews/<str:number>/withdraw", trail.Withdraw.as_view(), name="trailreview-withdraw"),
    path("trail/reviews/<str:number>/<slug:name>", trail.ReviewStep.as_view(), name="trailreview-step"),
]
