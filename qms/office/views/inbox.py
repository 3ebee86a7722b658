"""The inbox: what one was told, and which kinds one wants to be told of."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.accounts.access import SIGNED_IN, asks
from qms.lib.clock import now
from qms.lib.errors import Missing
from qms.records import queries as records
from qms.ui.views import ActView

from ..forms import NotificationForm
from ..models import Notification
from ..notifications import digest, rules, subjects, wording

PAGE, MANY = 50, 99


@asks(SIGNED_IN, "GET", "POST")
def inbox(request: HttpRequest) -> HttpResponse:
    """POST marks everything as read."""
    user: Any = request.user
    mine = Notification.objects.visible_to(user)
    if request.method == "POST":
        mine.unread().update(read_at=now())
        return HttpResponseRedirect(reverse("office:inbox"))
    page = Paginator(mine.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    told = digest.seen(user, list(page.object_list))
    lines = [(each, wording.sentence(each)) for each in told]
    return render(request, "office/inbox.html", {"title": _("Notifications"), "lines": lines, "page": page})


@asks(SIGNED_IN)
def opened(request: HttpRequest, uid: Any) -> HttpResponse:
    """Marks it as read and goes on to its record."""
    told = get_object_or_404(Notification.objects.visible_to(request.user), uid=uid)
    record = subjects.opened(told, request.user) or records.by_number(told.number, request.user)
    if record is None:
        raise Missing(_("There is no record “%(number)s”, or it is not open to you.") % {"number": told.number})
    Notification.objects.visible_to(request.user).filter(pk=told.pk, read_at=None).update(read_at=now())
    return HttpResponseRedirect(reverse("office:account") if record == request.user else record.get_absolute_url())


@asks(SIGNED_IN)
def bell(request: HttpRequest) -> HttpResponse:
    """The number on the bell, asked by the page after it was shown."""
    unread = Notification.objects.visible_to(request.user).unread().order_by()[: MANY + 1].count()
    return render(request, "office/_bell.html", {"unread": unread, "many": unread > MANY})


class Settings(ActView):
    permission = SIGNED_IN
    form_class = NotificationForm
    title = gettext_lazy("Notification settings")
    done = gettext_lazy("Saved.")
    help_template = "office/_notification_help.html"

    def allowed(self) -> None:
        """Everybody's own."""

    def initial(self) -> dict[str, Any]:
        chosen = rules.settings_of(self.request.user)
        return {"digest": chosen.digest, "muted": chosen.muted}

    def more(self) -> dict[str, Any]:
        return {"has_mail": digest.is_configured(), "address": self.request.user.email}

    def perform(self, data: dict[str, Any]) -> str:
        rules.choose(self.request.user, **data)
        return reverse("office:notification-settings")

    def back_url(self) -> str:
        return reverse("office:inbox")


@asks(SIGNED_IN)
def mentionable(request: HttpRequest, number: str) -> HttpResponse:
    """People who may see the record, for the comment box."""
    record = records.by_number(number, request.user)
    if record is None:
        raise Missing(_("There is no record “%(number)s”, or it is not open to you.") % {"number": number})
    people = records.mentionable(record, request.GET.get("q", "").strip()[:60])
    access.check(request.user, record.view_permission, record)
    return JsonResponse({"results": [{"value": p.username, "label": p.full_name, "hint": p.username} for p in people]})
