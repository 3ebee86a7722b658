from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import gauges

app_name = "inspection"
urlpatterns = [
    path("gauges/", ListView.as_view(spec=tables.GAUGES), name="gauge-list"),
    path("gauges/new", gauges.Register.as_view(), name="gauge-create"),
    path("gauges/<str:number>", gauges.Detail.as_view(), name="gauge-detail"),
    path("gauges/<str:number>/edit", gauges.Edit.as_view(), name="gauge-edit"),
    path("gauges/<str:number>/<slug:name>", gauges.GaugeStep.as_view(), name="gauge-step"),
]
