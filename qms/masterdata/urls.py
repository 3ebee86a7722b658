from django.urls import path

from qms.ui.views import ListView

from . import tables, views
from .views import matrix

LOOKUPS = {
    "item": "items",
    "lot": "lots",
    "supplier": "suppliers",
    "work-center": "work-centers",
    "purchase-order": "purchase-orders",
    "production-order": "production-orders",
}
app_name = "masterdata"
urlpatterns = [
    path("masterdata/", views.Home.as_view(), name="home"),
    *(path(f"masterdata/lookup/{k}", views.Lookup.as_view(object=v), name=f"{k}-lookup") for k, v in LOOKUPS.items()),
    *(path(f"masterdata/{name}/", views.List.as_view(spec=spec), name=name) for name, spec in tables.LISTS.items()),
    path("masterdata/matrices/", ListView.as_view(spec=tables.MATRICES), name="matrix-list"),
    path("masterdata/matrices/new", matrix.Draft.as_view(), name="matrix-create"),
    path("masterdata/matrices/<str:number>", matrix.MatrixPage.as_view(), name="matrix-detail"),
    path("masterdata/matrices/<str:number>/rows.<slug:form>", matrix.Rows.as_view(), name="matrix-rows"),
    path("masterdata/matrices/<str:number>/edit", matrix.Edit.as_view(), name="matrix-edit"),
    path("masterdata/matrices/<str:number>/<slug:name>", matrix.MatrixStep.as_view(), name="matrix-step"),
    path("masterdata/<slug:object>/<int:pk>", views.Detail.as_view(), name="detail"),
]
