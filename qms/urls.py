from django.urls import include, path

urlpatterns = [
    path("", include("qms.accounts.urls")),
]
