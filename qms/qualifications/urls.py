from django.urls import path

from qms.ui.views import ListView

from . import tables, views

app_name = "qualifications"
urlpatterns = [
    path("qualifications/", ListView.as_view(spec=tables.QUALIFICATIONS), name="qualification-list"),
    path("qualifications/new", views.Qualify.as_view(), name="qualification-create"),
    path("qualifications/<str:number>", views.Detail.as_view(), name="qualification-detail"),
    path("qualifications/<str:number>/<slug:name>", views.QualificationStep.as_view(), name="qualification-step"),
]
