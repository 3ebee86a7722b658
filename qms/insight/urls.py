from django.urls import include, path

from . import views

insight = (
    [
        path("search", views.find, name="search"),
        path("palette", views.options, name="palette"),
    ],
    "insight",
)
urlpatterns = [path("", views.home, name="home"), path("", include(insight))]
