from django.urls import path

from . import views

app_name = "ui"
urlpatterns = [
    path("menu", views.Menu.as_view(), name="menu"),
    path("session", views.Session.as_view(), name="session"),
    path("jobs/<uuid:uid>", views.Job.as_view(), name="job"),
    path("find", views.Find.as_view(), name="find"),
    path("r/<str:number>", views.Find.as_view(), name="record"),
]
