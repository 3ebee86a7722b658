from django.urls import path

from connectors import tables, views
from connectors.views import webhooks
from qms.ui.views import BulkView, ListView

app_name = "connectors"
urlpatterns = [
    path("interfaces/", views.Monitor.as_view(), name="monitor"),
    path("interfaces/messages/", views.Messages.as_view(spec=tables.MESSAGES), name="messages"),
    path("interfaces/sent/", views.Messages.as_view(spec=tables.SENT), name="sent"),
    path("interfaces/told/", ListView.as_view(spec=tables.TOLD), name="told"),
    path("interfaces/worklist/", views.WorkList.as_view(), name="worklist"),
    path("interfaces/worklist/map", views.MapCause.as_view(), name="worklist-map"),
    path("interfaces/worklist/again", views.RetryCause.as_view(), name="worklist-again"),
    path("interfaces/worklist/skip", views.SkipCause.as_view(), name="worklist-skip"),
    path("interfaces/worklist/settle", views.SettleCause.as_view(), name="worklist-settle"),
    path("interfaces/worklist/units", views.CorrectUnits.as_view(), name="worklist-units"),
    path("interfaces/worklist/<uuid:uid>", views.RetryPage.as_view(), name="worklist-retry"),
    path("interfaces/find", views.Find.as_view(), name="find"),
    path("interfaces/messages/<uuid:uid>", views.Message.as_view(), name="message"),
    path("interfaces/postings/<slug:reference>", views.DeliveryPage.as_view(), name="delivery"),
    path("interfaces/postings/<slug:reference>/retry", views.Retry.as_view(), name="retry"),
    path("interfaces/refresh/<slug:object>/<int:pk>", views.Refresh.as_view(), name="refresh"),
    path("interfaces/refreshed/<uuid:uid>", views.Refreshed.as_view(), name="refreshed"),
    path("interfaces/webhooks/", webhooks.List.as_view(), name="webhooks"),
    path("interfaces/webhooks/new", webhooks.Subscribe.as_view(), name="webhook-new"),
    path("interfaces/webhooks/<uuid:uid>/", webhooks.Detail.as_view(), name="webhook"),
    path("interfaces/webhooks/<uuid:uid>/edit", webhooks.Edit.as_view(), name="webhook-edit"),
    path("interfaces/webhooks/<uuid:uid>/rotate", webhooks.Rotate.as_view(), name="webhook-rotate"),
    path("interfaces/webhooks/<uuid:uid>/pause", webhooks.Pause.as_view(), name="webhook-pause"),
    path("interfaces/webhooks/<uuid:uid>/resume", webhooks.Resume.as_view(), name="webhook-resume"),
    path("interfaces/webhooks/<uuid:uid>/ping", webhooks.Ping.as_view(), name="webhook-ping"),
    path("interfaces/webhooks/<uuid:uid>/replay", webhooks.Replay.as_view(), name="webhook-replay"),
    path("interfaces/webhooks/sent/<uuid:uid>", webhooks.Delivered.as_view(), name="webhook-delivery"),
    path(
        "interfaces/webhooks/log/",
        views.Messages.as_view(spec=tables.DELIVERIES, bulk_url="connectors:webhook-bulk", bulk_acts=webhooks.BULK),
        name="webhook-log",
    ),
    path(
        "interfaces/webhooks/log/bulk",
        BulkView.as_view(spec=tables.DELIVERIES, acts=webhooks.BULK),
        name="webhook-bulk",
    ),
    path("interfaces/webhooks/sent/<uuid:uid>/give-up", webhooks.GiveUp.as_view(), name="webhook-give-up"),
    path("interfaces/webhooks/sent/<uuid:uid>/again", webhooks.SendAgain.as_view(), name="webhook-again"),
    path("interfaces/<slug:code>/", views.Detail.as_view(), name="interface"),
    path("interfaces/<slug:code>/sync", views.SyncNow.as_view(), name="sync"),
    path("interfaces/<slug:code>/dry-run", views.Trial.as_view(), name="trial"),
    path("interfaces/<slug:code>/pause", views.Pause.as_view(), name="pause"),
    path("interfaces/<slug:code>/resume", views.Resume.as_view(), name="resume"),
    path("interfaces/<slug:code>/mode", views.Switch.as_view(), name="switch"),
    path("interfaces/<slug:code>/master", views.Master.as_view(), name="master"),
    path("interfaces/<slug:code>/configure", views.Configure.as_view(), name="configure"),
    path("interfaces/<slug:code>/letters/retry", views.RetryLetters.as_view(), name="letters-retry"),
    path("interfaces/<slug:code>/letters/discard", views.DiscardLetters.as_view(), name="letters-discard"),
    path("interfaces/<slug:code>/runs/<uuid:uid>", views.Run.as_view(), name="run"),
]
