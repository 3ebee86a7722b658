"""Everything under /api/. Each room declares its own addresses; the last line answers for all others."""

from django.urls import include, path, re_path

from qms.api.schema import SchemaView, page
from qms.api.views import no_such_route

v1 = [path("", include("connectors.api")), path("", include("ncr.api")), path("", include("inspection.api"))]
v1 += [path("", include("suppliers.api"))]
v1 += [path("", include("qms.masterdata.api")), path("", include("qms.office.api"))]
v1 += [
    path("", include("qms.reviews.api")),
    path("", include("qms.retention.api")),
    path("", include("qms.qualifications.api")),
    path("", include("qms.automation.api")),
]

app_name = "api"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", page, name="docs"),
    path("v1/", include(v1)),
    re_path("", no_such_route),
]
