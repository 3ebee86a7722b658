from django.urls import path

from qms.ui.views import ListView

from . import tables
from .models import TrailReview
from .views import access, periodic, rules, trail

SYSTEM_LIST = ListView.as_view(spec=tables.SYSTEM_REVIEWS, template_name="reviews/system_list.html")
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
    path("system/reviews/", SYSTEM_LIST, name="systemreview-list"),
    path("system/reviews/new", periodic.PlanPeriodic.as_view(), name="systemreview-create"),
    path("system/reviews/<str:number>", periodic.Detail.as_view(), name="systemreview-detail"),
    path("system/reviews/<str:number>/judge", periodic.Judge.as_view(), name="systemreview-judge"),
    path("system/reviews/<str:number>/report.<slug:form>", periodic.Report.as_view(), name="systemreview-report"),
    path("system/reviews/<str:number>/<slug:name>", periodic.PeriodicStep.as_view(), name="systemreview-step"),
    path("people/reviews/", ListView.as_view(spec=tables.ACCESS_REVIEWS), name="accessreview-list"),
    path("people/reviews/new", access.PlanAccess.as_view(), name="accessreview-create"),
    path("people/reviews/intervals", ListView.as_view(spec=tables.INTERVALS), name="intervals"),
    path("people/reviews/intervals/<str:code>", access.Interval.as_view(), name="interval"),
    path("people/reviews/<str:number>", access.Detail.as_view(), name="accessreview-detail"),
    path("people/reviews/<str:number>/decide", access.Decide.as_view(), name="accessreview-decide"),
    path("people/reviews/<str:number>/<slug:name>", access.AccessStep.as_view(), name="accessreview-step"),
    path("trail/reviews/<str:number>/<slug:name>", trail.ReviewStep.as_view(), name="trailreview-step"),
]
