from django.urls import path

from qms.ui.views import ListView

from . import tables, views

app_name = "automation"
urlpatterns = [
    path("automation/rules/", ListView.as_view(spec=tables.RULES), name="rule-list"),
    path("automation/rules/new", views.DraftRule.as_view(), name="rule-create"),
    path("automation/rules/<str:number>", views.RulePage.as_view(), name="rule-detail"),
    path("automation/rules/<str:number>/edit", views.EditRule.as_view(), name="rule-edit"),
    path("automation/rules/<str:number>/try", views.TryRule.as_view(), name="rule-try"),
    path("automation/rules/<str:number>/<slug:name>", views.RuleStep.as_view(), name="rule-step"),
    path("automation/cases/", ListView.as_view(spec=tables.CASES), name="case-list"),
    path("automation/cases/<str:number>", views.CasePage.as_view(), name="case-detail"),
    path("automation/cases/<str:number>/<slug:name>", views.CaseStep.as_view(), name="case-step"),
    path("automation/signals/", ListView.as_view(spec=tables.SIGNALS), name="signals"),
    path("automation/stops/", ListView.as_view(spec=tables.STOPS), name="stops"),
    path("automation/stops/new", views.StopAutomation.as_view(), name="stop"),
    path("automation/stops/resume", views.Resume.as_view(), name="resume"),
]
