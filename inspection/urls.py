from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import evidence, gauges, measurements

app_name = "inspection"
urlpatterns = [
    path("gauges/", ListView.as_view(spec=tables.GAUGES), name="gauge-list"),
    path("gauges/new", gauges.Register.as_view(), name="gauge-create"),
    path("gauges/<str:number>", gauges.Detail.as_view(), name="gauge-detail"),
    path("gauges/<str:number>/edit", gauges.Edit.as_view(), name="gauge-edit"),
    path("gauges/<str:number>/<slug:name>", gauges.GaugeStep.as_view(), name="gauge-step"),
    path("measurements/", ListView.as_view(spec=tables.MEASUREMENTS), name="measurement-list"),
    path("measurements/characteristics/", ListView.as_view(spec=tables.SERIES), name="series-list"),
    path("measurements/characteristics/<uuid:uid>", measurements.SeriesPage.as_view(), name="series"),
    path("measurements/characteristics/<uuid:uid>/name", measurements.NameSeries.as_view(), name="series-name"),
    path("measurements/tests/", ListView.as_view(spec=tables.TESTS), name="test-list"),
    path("measurements/alerts/", ListView.as_view(spec=tables.ALERTS), name="alert-list"),
    path("measurements/batches/<uuid:uid>", measurements.BatchPage.as_view(), name="batch"),
    path("measurements/batches/<uuid:uid>/keep", evidence.Keep.as_view(), name="batch-keep"),
    path("measurements/evidence/<str:number>", evidence.Evidence.as_view(), name="evidence"),
]
