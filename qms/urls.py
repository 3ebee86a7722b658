from django.urls import include, path

from . import health

urlpatterns = [
    path("api/", include("qms.api_urls")),  # first: machines call it all the time, and every line before it is tried
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("qms.insight.urls")),
    path("", include("qms.accounts.urls")),
    path("", include("qms.ui.urls")),
    path("", include("qms.reviews.urls")),  # before the office, whose people have addresses of the same shape
    path("", include("qms.office.urls")),
    path("", include("qms.imports.urls")),
    path("", include("qms.retention.urls")),
    path("", include("qms.qualifications.urls")),
    path("", include("qms.automation.urls")),
    path("", include("ncr.urls")),
    path("", include("inspection.urls")),
    path("", include("suppliers.urls")),
]
for optional in ("qms.masterdata.urls", "connectors.urls", "qms.identity.urls"):
    urlpatterns.append(path("", include(optional)))

handler400 = "qms.malformed.answered"
handler403 = "qms.ui.views.forbidden"
handler404 = "qms.ui.views.missing"
handler500 = "qms.ui.views.broken"
