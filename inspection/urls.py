from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import (
    calibrations,
    certificates,
    charts,
    controlcharts,
    datafiles,
    evidence,
    gauges,
    lots,
    measurements,
    occasions,
    places,
    plans,
    readings,
)

app_name = "inspection"
urlpatterns = [
    path("gauges/", ListView.as_view(spec=tables.GAUGES), name="gauge-list"),
    path("gauges/new", gauges.Register.as_view(), name="gauge-create"),
    path("gauges/<str:number>", gauges.Detail.as_view(), name="gauge-detail"),
    path("gauges/calibrations/", ListView.as_view(spec=tables.CALIBRATIONS), name="calibration-list"),
    path("gauges/calibrations/<str:number>", calibrations.Detail.as_view(), name="calibration-detail"),
    path("gauges/calibrations/<str:number>/edit", calibrations.Edit.as_view(), name="calibration-edit"),
    path("gauges/calibrations/<str:number>/judge", calibrations.Judge.as_view(), name="calibration-judge"),
    path(
        "gauges/calibrations/<str:number>/<slug:name>", calibrations.CalibrationStep.as_view(), name="calibration-step"
    ),
    path("gauges/<str:number>/calibrate", calibrations.Calibrate.as_view(), name="calibration-create"),
    path("gauges/<str:number>/edit", gauges.Edit.as_view(), name="gauge-edit"),
    path("gauges/<str:number>/<slug:name>", gauges.GaugeStep.as_view(), name="gauge-step"),
    path("control-charts/", ListView.as_view(spec=tables.CONTROLCHARTS), name="controlchart-list"),
    path("control-charts/new", controlcharts.Open.as_view(), name="controlchart-create"),
    path("control-charts/signals/", ListView.as_view(spec=tables.SIGNALS), name="signal-list"),
    path("control-charts/signals/<uuid:uid>", controlcharts.SignalPage.as_view(), name="signal"),
    path(
        "control-charts/signals/<uuid:uid>/acknowledge", controlcharts.Acknowledge.as_view(), name="signal-acknowledge"
    ),
    path("control-charts/signals/<uuid:uid>/close", controlcharts.Close.as_view(), name="signal-close"),
    path("control-charts/<str:number>", controlcharts.Detail.as_view(), name="controlchart-detail"),
    path("control-charts/<str:number>/chart.svg", controlcharts.Picture.as_view(), name="controlchart-svg"),
    path("control-charts/<str:number>/edit", controlcharts.Edit.as_view(), name="controlchart-edit"),
    path("control-charts/<str:number>/freeze", controlcharts.Freeze.as_view(), name="controlchart-freeze"),
    path("control-charts/<str:number>/<slug:name>", controlcharts.ChartStep.as_view(), name="controlchart-step"),
    path("inspection-plans/", ListView.as_view(spec=tables.PLANS), name="inspectionplan-list"),
    path("inspection-plans/new", plans.Draft.as_view(), name="inspectionplan-create"),
    path("inspection-plans/<str:number>", plans.Detail.as_view(), name="inspectionplan-detail"),
    path("inspection-plans/<str:number>/edit", plans.Edit.as_view(), name="inspectionplan-edit"),
    path(
        "inspection-plans/<str:number>/characterise", plans.Characterise.as_view(), name="inspectionplan-characterise"
    ),
    path("inspection-plans/<str:number>/file", datafiles.Characteristics.as_view(), name="inspectionplan-file"),
    path("inspection-plans/<str:number>/place", places.Place.as_view(), name="inspectionplan-place"),
    path("inspection-plans/<str:number>/<slug:name>", plans.PlanStep.as_view(), name="inspectionplan-step"),
    path("inspections/", ListView.as_view(spec=tables.INSPECTIONS), name="inspection-list"),
    path("inspections/new", lots.Create.as_view(), name="inspection-create"),
    path("inspections/occasions/", ListView.as_view(spec=tables.OCCASIONS), name="occasion-list"),
    path("inspections/occasions/<uuid:uid>", occasions.OccasionPage.as_view(), name="occasion"),
    path("inspections/occasions/<uuid:uid>/close", occasions.Close.as_view(), name="occasion-close"),
    path("inspections/occasions/<uuid:uid>/try", occasions.TryAgain.as_view(), name="occasion-try"),
    path("inspections/<str:number>", lots.Detail.as_view(), name="inspection-detail"),
    path("inspections/<str:number>/readings", readings.Readings.as_view(), name="inspection-readings"),
    path("inspections/<str:number>/results", datafiles.Results.as_view(), name="inspection-results"),
    path("inspections/<str:number>/readings.csv", datafiles.Export.as_view(), name="inspection-csv"),
    path("inspections/<str:number>/readings.dfq", datafiles.Export.as_view(kind="dfq"), name="inspection-qdas"),
    path("inspections/<str:number>/decide", lots.Decide.as_view(), name="inspection-decide"),
    path("inspections/<str:number>/allow-gauge", lots.AllowGauge.as_view(), name="inspection-allow-gauge"),
    path("inspections/<str:number>/release-part", lots.ReleasePart.as_view(), name="inspection-release-part"),
    path(
        "inspections/<str:number>/waive-certificate", certificates.Waive.as_view(), name="inspection-waive-certificate"
    ),
    path("inspections/<str:number>/<slug:name>", lots.LotStep.as_view(), name="inspection-step"),
    path("certificates/", ListView.as_view(spec=tables.CERTIFICATES), name="certificate-list"),
    path("certificates/missing/", ListView.as_view(spec=tables.MISSING), name="certificate-missing"),
    path("certificates/new", certificates.Record.as_view(), name="certificate-create"),
    path("certificates/<str:number>", certificates.Detail.as_view(), name="certificate-detail"),
    path("certificates/<str:number>/edit", certificates.Edit.as_view(), name="certificate-edit"),
    path("certificates/<str:number>/<slug:name>", certificates.CertificateStep.as_view(), name="certificate-step"),
    path("measurements/", ListView.as_view(spec=tables.MEASUREMENTS), name="measurement-list"),
    path("measurements/characteristics/", ListView.as_view(spec=tables.SERIES), name="series-list"),
    path("measurements/characteristics/<uuid:uid>", measurements.SeriesPage.as_view(), name="series"),
    path("measurements/characteristics/<uuid:uid>/name", measurements.NameSeries.as_view(), name="series-name"),
    path("measurements/characteristics/<uuid:uid>/chart", charts.SeriesChart.as_view(), name="series-chart"),
    path(
        "measurements/characteristics/<uuid:uid>/chart.svg",
        charts.SeriesChart.as_view(picture=True),
        name="series-chart-svg",
    ),
    path(
        "measurements/characteristics/<uuid:uid>/control",
        controlcharts.OpenOfSeries.as_view(),
        name="series-control",
    ),
    path("measurements/tests/", ListView.as_view(spec=tables.TESTS), name="test-list"),
    path("measurements/alerts/", ListView.as_view(spec=tables.ALERTS), name="alert-list"),
    path("measurements/batches/<uuid:uid>", measurements.BatchPage.as_view(), name="batch"),
    path("measurements/batches/<uuid:uid>/keep", evidence.Keep.as_view(), name="batch-keep"),
    path("measurements/evidence/<str:number>", evidence.Evidence.as_view(), name="evidence"),
]
