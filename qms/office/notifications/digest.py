"""Mail: what a person has not read, at most once an hour or a day, in their language and time zone; nothing twice."""

import logging
import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from qms.accounts.models import User
from qms.lib.clock import now

from ..models import URGENT, Digest, Notification, NotificationSettings
from . import subjects, wording

MORNING, SHOWN = 7, 50
log = logging.getLogger(__name__)


def is_configured() -> bool:
    return bool(settings.EMAIL_HOST)


def is_due(chosen: NotificationSettings, zone: str, at: datetime) -> bool:
    if chosen.digest == Digest.NONE:
        return False
    if chosen.digest == Digest.HOURLY:
        return chosen.mailed_at is None or at - chosen.mailed_at >= timedelta(hours=1)
    here = zoneinfo.ZoneInfo(zone)
    last = chosen.mailed_at.astimezone(here).date() if chosen.mailed_at else None
    return at.astimezone(here).hour >= MORNING and last != at.astimezone(here).date()


def send_digests(*, at: datetime | None = None) -> int:
    """How many mails left. One person's trouble stops nobody else's mail."""
    at, sent = at or now(), 0
    waiting = Notification.objects.unread().filter(mailed_at=None).values("user")
    for user in User.objects.filter(pk__in=waiting, is_active=True, kind=User.PERSON).exclude(email=""):
        chosen, _new = NotificationSettings.objects.get_or_create(user=user)
        if is_due(chosen, user.timezone, at) and (told := claim(user, at)):
            sent += _send(user, told)
    return sent


def send_alarms(*, at: datetime | None = None) -> int:
    """What cannot wait for anybody's digest: one mail at once, whatever the person has chosen. How many mails left."""
    at, sent = at or now(), 0
    waiting = Notification.objects.unread().filter(mailed_at=None, kind__in=URGENT)
    for user in User.objects.filter(pk__in=waiting.values("user"), is_active=True, kind=User.PERSON).exclude(email=""):
        with transaction.atomic():
            told = list(waiting.filter(user=user).select_for_update().order_by("-pk"))
            Notification.objects.filter(pk__in=[each.pk for each in told]).update(mailed_at=at)
        if told and seen(user, told):
            sent += _send(user, told)
    return sent


def claim(user: User, at: datetime) -> list[Notification]:
    """Marked before the mail leaves: after a crash between the two nothing is sent again, and the inbox still shows it."""
    with transaction.atomic():
        chosen = NotificationSettings.objects.select_for_update().get(user=user)
        if not is_due(chosen, user.timezone, at):
            return []
        rows = Notification.objects.visible_to(user).unread().filter(mailed_at=None).select_for_update()
        told = list(rows.order_by("-pk"))
        Notification.objects.filter(pk__in=[each.pk for each in told]).update(mailed_at=at)
        NotificationSettings.objects.filter(pk=chosen.pk).update(mailed_at=at)
    return told


def _send(user: User, told: list[Notification]) -> int:
    try:
        message(user, told).send()
    except (
        OSError
    ) as trouble:  # the mail server refused or is away (smtplib's errors are OSErrors): the next round tries again
        log.warning("No digest for account %s: %s", user.pk, trouble)
        with transaction.atomic():
            Notification.objects.filter(pk__in=[each.pk for each in told]).update(mailed_at=None)
            NotificationSettings.objects.filter(user=user).update(mailed_at=None)
        return 0
    return 1


def message(user: User, told: list[Notification]) -> Any:
    """Only records that the person may still see are named."""
    with translation.override(user.language), timezone.override(zoneinfo.ZoneInfo(user.timezone)):
        lines = [(wording.sentence(each), each.data.get("title", ""), link(each), each.at) for each in seen(user, told)]
        context = {"user": user, "lines": lines[:SHOWN], "more": max(len(lines) - SHOWN, 0), "inbox": base(reverse("office:inbox")),
                   "settings": base(reverse("office:notification-settings"))}  # fmt: skip
        subject = _("QMS: %(count)s new notifications") % {"count": len(lines)}
        text = render_to_string("office/mail/digest.txt", context)
        made = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
        made.attach_alternative(render_to_string("office/mail/digest.html", context), "text/html")
    made.extra_headers = {"Auto-Submitted": "auto-generated", "X-QMS-Digest": str(told[0].uid)}
    return made


def seen(user: User, told: list[Notification]) -> list[Notification]:
    """Those whose record the person may see now; one query per kind of record."""
    kinds = subjects.models()
    open_to: set[tuple[str, str]] = set()
    for label in {each.record_type for each in told} & set(kinds):
        keys = [each.record_key for each in told if each.record_type == label]
        rows = subjects.visible(kinds[label]._base_manager.filter(pk__in=keys), user)
        open_to |= {(label, str(pk)) for pk in rows.values_list("pk", flat=True)}
    return [each for each in told if (each.record_type, each.record_key) in open_to]


def link(told: Notification) -> str:
    return base(reverse("office:notification", args=[told.uid]))


def base(path: str) -> str:
    return f"{settings.BASE_URL}{path}"
