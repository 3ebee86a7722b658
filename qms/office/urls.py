from django.urls import path

from qms.ui.views import ListView

from . import tables
from .views import accounts, exports, files, inbox, own, people, settings, tokens, verify

app_name = "office"
urlpatterns = [
    path("files/<uuid:uid>", files.attachment, name="attachment"),
    path("files/<uuid:uid>/page", files.page, name="file"),
    path("files/<uuid:uid>/<slug:size>", files.preview, name="preview"),
    path("r/<str:number>/attach", files.attach, name="attach"),
    path("r/<str:number>/people", inbox.mentionable, name="mentionable"),
    path("r/<str:number>/export", exports.ExportRecord.as_view(), name="export-record"),
    path("exports/", ListView.as_view(spec=tables.EXPORTS), name="exports"),
    path("exports/new", exports.ExportList.as_view(), name="export-list"),
    path("exports/<uuid:uid>/", exports.export, name="export"),
    path("exports/<uuid:uid>/file", exports.download, name="export-file"),
    path("exports/<uuid:uid>/cancel", exports.cancel, name="export-cancel"),
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/bell", inbox.bell, name="bell"),
    path("notifications/settings", inbox.Settings.as_view(), name="notification-settings"),
    path("notifications/<uuid:uid>", inbox.opened, name="notification"),
    path("account", own.account, name="account"),
    path("account/agreement", own.Agree.as_view(), name="agreement"),
    path("account/codes", own.EnrolCodes.as_view(), name="codes"),
    path("account/codes/end", own.EndOwnCodes.as_view(), name="codes-end-own"),
    path("password", own.OwnPassword.as_view(), name="password"),
    path("pin", own.OwnPin.as_view(), name="pin"),
    path("people/", ListView.as_view(spec=tables.PEOPLE), name="people"),
    path("people/new", people.CreatePerson.as_view(), name="person-create"),
    path("people/roles", people.roles, name="roles"),
    path("people/<str:username>/", people.Person.as_view(), name="person"),
    path("people/<str:username>/grant", people.GrantRole.as_view(), name="grant"),
    path("people/<str:username>/grants/<int:grant>/end", people.EndGrant.as_view(), name="grant-end"),
    path("people/<str:username>/badge", people.IssueBadge.as_view(), name="badge"),
    path("people/<str:username>/badges/<int:badge>/end", people.EndBadge.as_view(), name="badge-end"),
    path("people/<str:username>/password", people.SetPassword.as_view(), name="password-set"),
    path("people/<str:username>/codes/end", accounts.EndCodes.as_view(), name="codes-end"),
    path("people/<str:username>/access/end", accounts.EndAccess.as_view(), name="access-end"),
    path("people/<str:username>/deactivate", accounts.Deactivate.as_view(), name="deactivate"),
    path("people/<str:username>/reactivate", accounts.Reactivate.as_view(), name="reactivate"),
    path("settings/", settings.settings, name="settings"),
    path("settings/sites/", ListView.as_view(spec=tables.SITES), name="sites"),
    path("settings/sites/new", settings.CreateSite.as_view(), name="site-create"),
    path("settings/services/", ListView.as_view(spec=tables.SERVICES), name="services"),
    path("settings/services/new", tokens.CreateServiceAccount.as_view(), name="service-create"),
    path("settings/services/<str:username>/", tokens.ServiceAccount.as_view(), name="service"),
    path("settings/services/<str:username>/token", tokens.IssueToken.as_view(), name="token-issue"),
    path("settings/services/<str:username>/<uuid:uid>/revoke", tokens.RevokeToken.as_view(), name="token-revoke"),
    path("trail/", ListView.as_view(spec=tables.TRAIL, template_name="office/trail.html"), name="trail"),
    path("trail/verify", verify.verify, name="verify"),
]
