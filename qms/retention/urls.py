from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import pages

app_name = "retention"
urlpatterns = [
    path("retention/holds/", ListView.as_view(spec=tables.HOLDS), name="legalhold-list"),
    path("retention/holds/new", pages.PlaceHold.as_view(), name="legalhold-create"),
    path("retention/holds/<str:number>", pages.Hold.as_view(), name="legalhold-detail"),
    path("retention/holds/<str:number>/extend", pages.Extend.as_view(), name="legalhold-extend"),
    path("retention/holds/<str:number>/<slug:name>", pages.HoldStep.as_view(), name="legalhold-step"),
    path("retention/disposals/", ListView.as_view(spec=tables.DISPOSALS), name="disposal-list"),
    path("retention/disposals/new", pages.PrepareDisposal.as_view(), name="disposal-create"),
    path("retention/disposals/<str:number>", pages.DisposalPage.as_view(), name="disposal-detail"),
    path("retention/disposals/<str:number>/<slug:name>", pages.DisposalStep.as_view(), name="disposal-step"),
    path("retention/disposed/", ListView.as_view(spec=tables.TOMBSTONES), name="tombstones"),
    path("retention/disposed/<str:number>", pages.Stone.as_view(), name="tombstone"),
    path("retention/classes/", ListView.as_view(spec=tables.CLASSES), name="classes"),
    path("retention/classes/<str:code>", pages.ClassPage.as_view(), name="class"),
    path("retention/classes/<str:code>/change", pages.ChangeClass.as_view(), name="class-change"),
]
