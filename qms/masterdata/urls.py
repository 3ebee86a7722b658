from django.urls import path

app_name = "masterdata"
urlpatterns: list = []
