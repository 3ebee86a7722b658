"""Who is qualified now, and whose qualification runs out."""

import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from qms.accounts.models import Grant, User
from qms.lib.clock import now

from .models import Qualification

SOON = datetime.timedelta(days=30)


def of(person: Any, site_id: int, meaning: str) -> QuerySet[Qualification]:
    return Qualification.objects.filter(
        person=person, site_id=site_id, meanings__contains=[meaning], state="VALID"
    ).order_by("valid_to")


def lacking(person: Any, site_id: int, meaning: str) -> str:
    """Why the person may not sign with this meaning here today; empty when a current qualification covers it."""
    today, found = now().date(), of(person, site_id, meaning)
    if found.filter(valid_from__lte=today, valid_to__gte=today).exists():
        return ""
    if last := found.filter(valid_to__lt=today).last():
        told = {"number": last.number, "day": formats.date_format(last.valid_to, "Y-m-d")}
        return _("%(number)s was valid until %(day)s.") % told
    if coming := found.filter(valid_from__gt=today).order_by("valid_from").first():
        told = {"number": coming.number, "day": formats.date_format(coming.valid_from, "Y-m-d")}
        return _("%(number)s is not valid before %(day)s.") % told
    return _("None is recorded for you.")


def running_out() -> list[Qualification]:
    """Those that end within a month or ended in the last one, and that no later one of the person replaces."""
    today = now().date()
    rows = Qualification.objects.filter(state="VALID", person__is_active=True).select_related("person", "site")
    near = rows.filter(valid_to__gte=today - SOON, valid_to__lte=today + SOON).order_by("pk")
    return [row for row in near if not _is_replaced(row)]


def _is_replaced(row: Qualification) -> bool:
    later = Qualification.objects.filter(
        person=row.person_id, site=row.site_id, state="VALID", valid_to__gt=row.valid_to
    ).values_list("meanings", flat=True)
    return set(row.meanings) <= {meaning for meanings in later for meaning in meanings}


def standing(row: Qualification) -> str:
    """What the list says of it today."""
    today = now().date()
    if row.state == "ENDED":
        return "ended"
    if row.valid_to < today:
        return "expired"
    if row.valid_from > today:
        return "coming"
    return "soon" if row.valid_to <= today + SOON else "current"


def people(sites: Any) -> QuerySet[User]:
    """Who works at one of the sites."""
    grants = Grant.objects.valid().filter(Q(site__in=sites) | Q(site=None))
    found = User.objects.filter(is_active=True, kind=User.PERSON, pk__in=grants.values("user_id"))
    return found.order_by("full_name")
