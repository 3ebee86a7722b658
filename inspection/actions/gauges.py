"""What can be done with a gauge, one function per act."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.errors import Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records

from .. import events
from ..models import Gauge
from . import points

RIGHT = "gauge.manage"
LEAD = 14  # days, unless the gauge says otherwise
EDITABLE = (
    *("asset", "description", "kind", "serial_number", "range_from", "range_to", "resolution", "unit", "location"),
    *("calibrated_date", "due_date", "interval_months", "check_points", "keeper", "recall_days"),
)


def register(
    *,
    by: Any,
    site: Site,
    asset: str,
    description: str,
    in_use: bool = True,
    source: str = "",
    source_key: str = "",
    uid: UUID | None = None,
    **values: Any,
) -> Gauge:
    """A gauge of the site. The same `uid` again returns the first one. Raises Invalid, Forbidden."""
    check_site(by=by, site=site)
    if uid and (known := Gauge.objects.filter(uid=uid, created_by=by).first()):
        return known
    given = check_values({"asset": asset, "description": description, **values})
    _check_keeper(site.pk, given.get("keeper"))
    _check_asset(site.pk, given["asset"])
    with journal.act(events.GAUGE_REGISTERED, by=by) as act:
        gauge = Gauge.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="IN_USE" if in_use else "OUT_OF_SERVICE",
            created_by=by,
            source=source,
            source_key=source_key,
            **given,
        )
        act.record(gauge, changed(gauge))
    return gauge


def check_site(*, by: Any, site: Site) -> None:
    """Raises Forbidden when the person does not manage gauges of the site."""
    held = access.site_ids(by, RIGHT)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not manage gauges of %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )


def check_values(values: dict[str, Any]) -> dict[str, Any]:
    """What the table would refuse, said in words. Raises Invalid."""
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if not str(values.get("asset", "x")).strip():
        raise Invalid(_("A gauge needs the number that stands on it."), field="asset")
    _check_measures(values.get("range_from"), values.get("range_to"), values.get("resolution"))
    _check_dates(values.get("calibrated_date"), values.get("due_date"))
    if (months := values.get("interval_months")) is not None and not 1 <= months <= 120:
        raise Invalid(_("The calibration interval is 1 to 120 months."), field="interval_months")
    if not 1 <= values.get("recall_days", LEAD) <= 180:
        raise Invalid(_("A gauge is recalled 1 to 180 days before it is due."), field="recall_days")
    if values.get("check_points"):
        values["check_points"] = points.nominals(values["check_points"])
    return values


def _check_keeper(site_id: int, keeper: Any) -> None:
    """Who is told must be able to read it."""
    if keeper and not access.who_may("gauge.view", site_id).filter(pk=keeper.pk).exists():
        raise Invalid(
            _("%(name)s cannot keep gauges of this site.") % {"name": keeper},
            field="keeper",
            hint=_("Choose somebody who works on this site, or ask an administrator for a role."),
        )


def _check_measures(low: Decimal | None, high: Decimal | None, resolution: Decimal | None) -> None:
    if low is not None and high is not None and high < low:
        raise Invalid(_("The range ends before it begins."), field="range_to", hint=_("Exchange the two values."))
    if resolution is not None and resolution <= 0:
        raise Invalid(_("The resolution is above zero."), field="resolution")


def _check_dates(calibrated: date | None, due: date | None) -> None:
    if calibrated and due and due <= calibrated:
        raise Invalid(
            _("The calibration is due before it was done."), field="due_date", hint=_("Correct one of the two dates.")
        )


def _check_plan(row: Gauge, values: dict[str, Any]) -> None:
    """With a plan, and once calibrated under it, the two dates follow from what was approved."""
    typed = [name for name in ("calibrated_date", "due_date") if values.get(name, old := getattr(row, name)) != old]
    if typed and row.interval_months and row.calibrations.filter(state__in=("IMPACT", "APPROVED")).exists():
        raise Invalid(
            _("The dates of %(asset)s follow from its calibrations.") % {"asset": row.asset},
            field=typed[0],
            hint=_("Record a calibration and have it approved."),
        )


def _check_asset(site_id: int, asset: str, *, but: int | None = None) -> None:
    if Gauge.objects.filter(site_id=site_id, asset=asset).exclude(pk=but or 0).exists():
        raise Invalid(
            _("There is a gauge %(asset)s on this site already.") % {"asset": asset},
            field="asset",
            hint=_("A number is never used again, even when its gauge is retired."),
        )


def edit(
    *, gauge: Gauge, by: Any, reason: str, cause: str | None = "", version: int | None = None, **values: Any
) -> Gauge:
    """Change the data of the gauge, its calibration dates among them."""

    def change(row: Gauge) -> tuple[str, ...]:
        merged = {name: values.get(name, getattr(row, name)) for name in EDITABLE}
        values.update({name: value for name, value in check_values(merged).items() if name in values})
        _check_asset(row.site_id, merged["asset"], but=row.pk)
        _check_keeper(row.site_id, values.get("keeper"))
        _check_plan(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        return tuple(values)

    return _step(gauge, "edit", by, reason=reason, cause=cause, version=version, change=change)


def take_out(*, gauge: Gauge, by: Any, reason: str, version: int | None = None) -> Gauge:
    return _step(gauge, "take-out", by, reason=reason, version=version)


def put_back(*, gauge: Gauge, by: Any, reason: str, version: int | None = None) -> Gauge:
    """Only with a calibration that holds."""
    return _step(gauge, "return", by, reason=reason, version=version)


def retire(*, gauge: Gauge, by: Any, reason: str, version: int | None = None) -> Gauge:
    """For good; its number is never used again."""
    return _step(gauge, "retire", by, reason=reason, version=version)


def _step(gauge: Gauge, name: str, by: Any, **options: Any) -> Gauge:
    row: Gauge = records.step(record=gauge, name=name, by=by, payload=changed, **options)
    return row


def changed(gauge: Gauge) -> events.GaugeChanged:
    return events.GaugeChanged(gauge=gauge.number, asset=gauge.asset)


# The acts behind the transitions, for pages and API alike.
GAUGE_STEPS = {"edit": edit, "take-out": take_out, "return": put_back, "retire": retire}
