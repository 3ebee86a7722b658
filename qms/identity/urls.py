from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import providers, turns

app_name = "identity"
urlpatterns = [
    path("identity/<slug:code>/begin", turns.begin, name="begin"),
    path("identity/<slug:code>/callback", turns.callback, name="callback"),
    path("identity/<slug:code>/left", turns.left, name="left"),
    path("signing/<uuid:uid>/leave", turns.leave, name="step-up"),
    path("settings/providers/", ListView.as_view(spec=tables.PROVIDERS), name="providers"),
    path("settings/providers/new", providers.CreateProvider.as_view(), name="provider-create"),
    path("settings/providers/<slug:code>", providers.Provider.as_view(), name="provider"),
    path("settings/providers/<slug:code>/change", providers.ChangeProvider.as_view(), name="provider-change"),
    path("settings/providers/<slug:code>/retire", providers.RetireProvider.as_view(), name="provider-retire"),
    path("settings/providers/<slug:code>/try", providers.TryProvider.as_view(), name="provider-try"),
    path("people/<str:username>/identity/invite", providers.Invite.as_view(), name="invite"),
    path("people/<str:username>/identity/bind", providers.Bind.as_view(), name="bind"),
    path("people/<str:username>/identity/end", providers.Unbind.as_view(), name="unbind"),
    path("people/<str:username>/identity/password-off", providers.PasswordOff.as_view(), name="password-off"),
]
