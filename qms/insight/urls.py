from django.urls import include, path

from . import views

insight = (
    [
        path("search", views.find, name="search"),
        path("palette", views.options, name="palette"),
        path("tours", views.tours.overview, name="tours"),
        path("tours/move", views.tours.move, name="tour-move"),
        path("tours/<slug:role>", views.tours.begin, name="tour-begin"),
        path("work/next-signature", views.next_signature, name="next-signature"),
        path("work/<str:number>/snooze", views.Snooze.as_view(), name="snooze"),
        path("work/<str:number>/delegate", views.Delegate.as_view(), name="delegate"),
        path("work/<str:number>/wake", views.Wake.as_view(), name="wake"),
    ],
    "insight",
)
urlpatterns = [path("", views.home, name="home"), path("", include(insight))]
