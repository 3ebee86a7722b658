from django.urls import path

from qms.ui.views import BulkView, ListView

from . import tables, views
from .views import commands, provisional, travelers

app_name = "ncr"
urlpatterns = [
    path("ncr/", ListView.as_view(spec=tables.NCRS, bulk_url="ncr:bulk", bulk_acts=views.BULK), name="list"),
    path("ncr/bulk", BulkView.as_view(spec=tables.NCRS, acts=views.BULK), name="bulk"),
    path("ncr/new", views.Report.as_view(), name="create"),
    path("ncr/<str:number>", views.Detail.as_view(), name="detail"),
    path("ncr/<str:number>/disposition", views.Disposition.as_view(), name="disposition"),
    path("ncr/<str:number>/approve", views.Approve.as_view(), name="approve"),
    path("ncr/<str:number>/hold", views.RequestHold.as_view(), name="hold"),
    path("ncr/<str:number>/instruct", views.Instruct.as_view(), name="instruct"),
    path("ncr/<str:number>/edit", views.Edit.as_view(), name="edit"),
    path("ncr/<str:number>/match-lot", provisional.MatchLot.as_view(), name="match-lot"),
    path("ncr/<str:number>/refuse-lot", provisional.RefuseLot.as_view(), name="refuse-lot"),
    path("ncr/<str:number>/traveler", travelers.Link.as_view(), name="traveler"),
    path("ncr/<str:number>/travelers/<uuid:uid>/copy", travelers.Copy.as_view(), name="traveler-copy"),
    path("ncr/<str:number>/travelers/<uuid:uid>", travelers.Withdraw.as_view(), name="traveler-withdraw"),
    path("ncr/<str:number>/<slug:name>", views.NcrStep.as_view(), name="ncr-step"),
    path("defect-codes/", ListView.as_view(spec=tables.DEFECT_CODES), name="code-list"),
    path("defect-codes/new", views.CreateCode.as_view(), name="code-create"),
    path("defect-codes/<str:code>", views.CodeDetail.as_view(), name="code"),
    path("defect-codes/<str:code>/retire", views.RetireCode.as_view(), name="code-retire"),
    path("floor/", views.Entry.as_view(), name="floor"),
    path("floor/decode", views.Decode.as_view(), name="floor-decode"),
    path("floor/<str:number>", views.Result.as_view(), name="floor-result"),
    path(
        "holds/",
        ListView.as_view(spec=tables.HOLDS, bulk_url="ncr:hold-bulk", bulk_acts=views.HOLD_BULK),
        name="hold-list",
    ),
    path("holds/bulk", BulkView.as_view(spec=tables.HOLDS, acts=views.HOLD_BULK), name="hold-bulk"),
    path("holds/<str:number>", views.HoldDetail.as_view(), name="hold-detail"),
    path("holds/commands/", ListView.as_view(spec=tables.COMMANDS), name="command-list"),
    path("holds/commands/<uuid:uid>", commands.CommandPage.as_view(), name="command"),
    path("holds/commands/<uuid:uid>/<slug:name>", commands.CommandStep.as_view(), name="command-step"),
    path("holds/<str:number>/<slug:name>", views.HoldStep.as_view(), name="hold-step"),
]
