from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("login", views.Login.as_view(), name="login"),
    path("logout", views.logout, name="logout"),
    path("preferences", views.preferences, name="preferences"),
    path("language", views.language, name="language"),
]
