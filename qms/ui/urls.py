from django.urls import path

from . import views

app_name = "ui"
urlpatterns = [
    path("menu", views.Menu.as_view(), name="menu"),
    path("find", views.Find.as_view(), name="find"),
    path("r/<str:number>", views.Find.as_view(), name="record"),
]
