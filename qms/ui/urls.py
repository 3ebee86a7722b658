from django.urls import path

from . import views

app_name = "ui"
urlpatterns = [
    path("menu", views.Menu.as_view(), name="menu"),
    path("session", views.Session.as_view(), name="session"),
    path("lists/<slug:name>/tabs", views.Tabs.as_view(), name="tabs"),
    path("views/save", views.SaveView.as_view(), name="view-save"),
    path("views/<uuid:uid>", views.ChangeView.as_view(), name="view-change"),
    path("jobs/<uuid:uid>", views.Job.as_view(), name="job"),
    path("signing/<uuid:uid>", views.Returned.as_view(), name="signing"),
    path("find", views.Find.as_view(), name="find"),
    path("r/<str:number>", views.Find.as_view(), name="record"),
    path("r/<str:number>/history", views.History.as_view(), name="history"),
    path("r/<str:number>/then", views.AsOf.as_view(), name="then"),
]
