from django.urls import path

from . import views

app_name = "office"
urlpatterns = [
    path("files/<uuid:uid>", views.attachment, name="attachment"),
    path("r/<str:number>/attach", views.attach, name="attach"),
]
