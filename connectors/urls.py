from django.urls import path

from connectors import tables, views

app_name = "connectors"
urlpatterns = [
    path("interfaces/", views.Monitor.as_view(), name="monitor"),
    path("interfaces/messages/", views.Messages.as_view(spec=tables.MESSAGES), name="messages"),
    path("interfaces/sent/", views.Messages.as_view(spec=tables.SENT), name="sent"),
    path("interfaces/worklist/", views.WorkList.as_view(), name="worklist"),
    path("interfaces/worklist/map", views.MapCause.as_view(), name="worklist-map"),
    path("interfaces/worklist/again", views.RetryCause.as_view(), name="worklist-again"),
    path("interfaces/worklist/skip", views.SkipCause.as_view(), name="worklist-skip"),
    path("interfaces/worklist/settle", views.SettleCause.as_view(), name="worklist-settle"),
    path("interfaces/worklist/units", views.CorrectUnits.as_view(), name="worklist-units"),
    path("interfaces/worklist/<uuid:uid>", views.RetryPage.as_view(), name="worklist-retry"),
    path("interfaces/find", views.Find.as_view(), name="find"),
    path("interfaces/messages/<uuid:uid>", views.Message.as_view(), name="message"),
    path("interfaces/messages/<uuid:uid>/map/<slug:kind>", views.Resolve.as_view(), name="resolve"),
    path("interfaces/postings/<slug:reference>", views.DeliveryPage.as_view(), name="delivery"),
    path("interfaces/postings/<slug:reference>/retry", views.Retry.as_view(), name="retry"),
    path("interfaces/refresh/<slug:object>/<int:pk>", views.Refresh.as_view(), name="refresh"),
    path("interfaces/refreshed/<uuid:uid>", views.Refreshed.as_view(), name="refreshed"),
    path("interfaces/<slug:code>/", views.Detail.as_view(), name="interface"),
    path("interfaces/<slug:code>/sync", views.SyncNow.as_view(), name="sync"),
    path("interfaces/<slug:code>/pause", views.Pause.as_view(), name="pause"),
    path("interfaces/<slug:code>/resume", views.Resume.as_view(), name="resume"),
    path("interfaces/<slug:code>/mode", views.Switch.as_view(), name="switch"),
    path("interfaces/<slug:code>/master", views.Master.as_view(), name="master"),
    path("interfaces/<slug:code>/configure", views.Configure.as_view(), name="configure"),
    path("interfaces/<slug:code>/letters/retry", views.RetryLetters.as_view(), name="letters-retry"),
    path("interfaces/<slug:code>/letters/discard", views.DiscardLetters.as_view(), name="letters-discard"),
    path("interfaces/<slug:code>/runs/<uuid:uid>", views.Run.as_view(), name="run"),
]
