"""Records that somebody names for a hold or a disposal: by number, or by kind and period."""

import datetime
import zoneinfo
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qms.accounts.models import Site
from qms.lib.errors import Invalid
from qms.records.models import REGISTRY
from qms.records.queries import by_number

MOST = 5_000


def chosen(
    site: Site,
    by: Any,
    *,
    numbers: Iterable[str] = (),
    types: Iterable[str] = (),
    first: datetime.date | None = None,
    last: datetime.date | None = None,
) -> list[Any]:
    """Records of the site that the person sees. Raises Invalid for none, too many, or one that is not there."""
    found = {row.number: row for number in numbers if number.strip() for row in [_one(number.strip(), site, by)]}
    for label in types:
        found |= {row.number: row for row in _of_kind(label, site, by, first, last)}
    if not found:
        raise Invalid(
            _("No record is named."),
            field="numbers",
            hint=_("Give numbers, or kinds of record that have records in the period."),
        )
    if len(found) > MOST:
        raise Invalid(_("These are more than %(most)s records.") % {"most": MOST}, hint=_("Narrow the period."))
    return list(found.values())


def _one(number: str, site: Site, by: Any) -> Any:
    record: Any = by_number(number, by)
    if record is None or record.site_id != site.pk:
        raise Invalid(
            _("There is no record “%(number)s”, or it is not open to you.") % {"number": number},
            field="numbers",
            hint=_("Name records of the same site, parted by commas."),
        )
    return record


def _of_kind(label: str, site: Site, by: Any, first: datetime.date | None, last: datetime.date | None) -> Any:
    model: Any = next((model for model in REGISTRY.values() if model._meta.label_lower == label), None)
    if model is None:
        raise Invalid(_("“%(name)s” is not known here.") % {"name": label}, field="record_types")
    rows = model.objects.visible_to(by).filter(site=site)
    zone = zoneinfo.ZoneInfo(site.timezone)
    if first:
        rows = rows.filter(created_at__gte=_midnight(first, zone))
    if last:
        rows = rows.filter(created_at__lt=_midnight(last + datetime.timedelta(days=1), zone))
    return rows[: MOST + 1]


def _midnight(day: datetime.date, zone: Any) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min), zone)
