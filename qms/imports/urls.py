from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import batches

app_name = "imports"
urlpatterns = [
    path("settings/import/", ListView.as_view(spec=tables.IMPORTS), name="list"),
    path("settings/import/new", batches.Upload.as_view(), name="upload"),
    path("settings/import/template/<slug:kind>.<slug:form>", batches.template, name="template"),
    path("settings/import/<uuid:uid>/", batches.Detail.as_view(), name="batch"),
    path("settings/import/<uuid:uid>/check", batches.StartCheck.as_view(), name="check"),
    path("settings/import/<uuid:uid>/apply", batches.StartApply.as_view(), name="apply"),
    path("settings/import/<uuid:uid>/stop", batches.Stop.as_view(), name="stop"),
    path("settings/import/<uuid:uid>/roll-back", batches.RollBack.as_view(), name="roll-back"),
    path("settings/import/<uuid:uid>/original", batches.Original.as_view(), name="original"),
    path("settings/import/<uuid:uid>/problems", batches.Problems.as_view(), name="problems"),
]
