from django.urls import path

from . import tables, views

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
    path("masterdata/<slug:object>/<int:pk>", views.Detail.as_view(), name="detail"),
]
