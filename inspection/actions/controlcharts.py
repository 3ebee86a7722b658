"""Control charts: opened, their limits frozen by signature, changed with a reason, retired."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.errors import Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Item
from qms.records import actions as records
from qms.records.actions import Signing

from ..calc.errors import CalcError
from ..calc.spc import monitor
from ..calc.spc.rules import ANYWHERE, RULES, SPECIFIED
from ..choices import ChartSource, ControlKind
from ..events import controlcharts as events
from ..models import ChartFeed, ChartLimits, ControlChart, LotCharacteristic, Series
from ..models.controlcharts import COUNTS, GROUPS
from ..queries import refusals
from ..workflow import MANAGE_CHART
from . import watching

EDITABLE = ("rules", "weight", "width", "allowance", "interval", "reaction")


def open_chart(
    *,
    by: Any,
    source: str,
    kind: str,
    rules: Sequence[str],
    site: Site | None = None,
    series: Series | None = None,
    item: Item | None = None,
    characteristic: str = "",
    size: int = 1,
    uid: UUID | None = None,
    **values: Any,
) -> ControlChart:
    """A chart on trial, with what was measured so far as its first points. The site is that of the series. The same `uid` again returns
    the first one. Raises Invalid, Forbidden."""
    if uid and (known := ControlChart.objects.filter(uid=uid, created_by=by).first()):
        return known
    subject = _subject(source, kind, series, item, characteristic.strip(), series.site if series else site)
    check_site(by=by, site=subject["site"])
    given = _checked(kind, {"rules": list(rules), **values})
    size = size if kind in GROUPS else 1
    if kind in GROUPS and not 2 <= size <= 25:
        raise Invalid(_("A subgroup has 2 to 25 values."), field="size")
    with journal.act(events.OPENED, by=by) as act:
        made = ControlChart.objects.create(
            uid=uid or uuid7(),
            state="TRIAL",
            created_by=by,
            owner=by,
            source=source,
            kind=kind,
            size=size,
            **subject,
            **given,
        )
        feed = ChartFeed.objects.create(chart=made)
        act.record(made, changed(made))
    watching.take_in(made, feed, by=by)
    return made


def check_site(*, by: Any, site: Site) -> None:
    """Raises Forbidden when the person does not keep control charts of the site."""
    held = access.site_ids(by, MANAGE_CHART)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not keep control charts of %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )


def _subject(
    source: str, kind: str, series: Series | None, item: Item | None, characteristic: str, site: Site | None
) -> dict[str, Any]:
    """What is charted. Raises Invalid where it cannot be."""
    if source not in ChartSource.values or kind not in ControlKind.values:
        raise Invalid(_("There is no such control chart."), field="kind", hint=_("Choose one of the list."))
    if (kind in COUNTS) != (source == ChartSource.LOTS):
        raise Invalid(
            _("p, np, c and u charts count results of inspected lots; the others chart values."),
            field="kind",
            hint=_("Choose a kind that fits where the values come from."),
        )
    if source == ChartSource.MEASUREMENTS:
        return _of_series(series)
    if item is None or site is None or item.site_id not in (None, site.pk):
        raise Invalid(_("Say which part of the site is charted."), field="item")
    if source == ChartSource.READINGS and not characteristic:
        raise Invalid(_("Say which characteristic of the part is charted."), field="characteristic")
    named = {"name": characteristic} if characteristic else {}
    line = (
        LotCharacteristic.objects.filter(inspection__item=item, inspection__site=site, **named).order_by("-pk").first()
    )
    if characteristic and line is None:
        raise Invalid(
            _("No inspection of this part at %(site)s has a characteristic “%(name)s”.")
            % {"site": site.code, "name": characteristic},
            field="characteristic",
            hint=_("Write it as the inspection plan names it."),
        )
    unit = line.unit if line and source == ChartSource.READINGS else ""
    return {
        "site": site,
        "series": None,
        "item": item,
        "part": item.number,
        "characteristic": characteristic,
        "unit": unit,
    }


def _of_series(series: Series | None) -> dict[str, Any]:
    if series is None:
        raise Invalid(_("Say which measured characteristic is charted."), field="series")
    if series.factor is None:
        raise Invalid(
            _("Nobody has said in which unit %(name)s is measured.") % {"name": series},
            field="series",
            hint=_("Say it on the page of the measured characteristic first."),
        )
    return {
        "site": series.site, "series": series, "item": series.item, "unit": series.unit,
        "part": series.item.number if series.item else series.part_name,
        "characteristic": series.characteristic or series.characteristic_name,
    }  # fmt: skip


def _checked(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Raises Invalid."""
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if "rules" in values:
        values["rules"] = [code for code in RULES if code in set(values["rules"])]
        _check_rules(kind, values["rules"])
    weight = values.get("weight")
    if weight is not None and not 0 < weight <= 1:
        raise Invalid(_("The weight of EWMA lies above 0 and is at most 1."), field="weight")
    for name in ("width", "interval"):
        if values.get(name) is not None and values[name] <= 0:
            raise Invalid(_("This is above zero."), field=name)
    if values.get("allowance") is not None and values["allowance"] < 0:
        raise Invalid(_("The allowance is not below zero."), field="allowance")
    return values


def _check_rules(kind: str, rules: list[str]) -> None:
    if not set(rules) & ANYWHERE:
        raise Invalid(
            _("Every chart signals a point beyond a limit: choose rule 1 or WE1."),
            field="rules",
            hint=_("Further rules find drifts sooner and bring more false alarms."),
        )
    if kind in ("ewma", "cusum") and set(rules) - ANYWHERE - set(SPECIFIED):
        raise Invalid(
            _("EWMA and CUSUM remember earlier values, so that rules of patterns mean nothing on them."),
            field="rules",
            hint=_("Choose rule 1 alone, or with L."),
        )


def edit(
    *, controlchart: ControlChart, by: Any, reason: str, version: int | None = None, **values: Any
) -> ControlChart:
    """Rules, weights and reaction plan; signals that were raised stay."""
    given = _checked(controlchart.kind, values)

    def change(row: ControlChart) -> tuple[str, ...]:
        for name, value in given.items():
            setattr(row, name, value)
        return tuple(given)

    return _step(controlchart, "edit", by, reason=reason, version=version, change=change)


def freeze(
    *,
    controlchart: ControlChart,
    by: Any,
    reason: str,
    signing: Signing | None,
    first: int,
    last: int,
    excluded: Iterable[Mapping[str, Any]] = (),
    version: int | None = None,
) -> ControlChart:
    """Limits from the points `first` to `last` without the excluded ones, each with its reason. Points after them that no limits have
    judged yet are judged by these. Raises Invalid, Conflict, SignatureRefused."""
    out = check_excluded(excluded, first, last)

    def change(row: ControlChart) -> tuple[str, ...]:
        row.figures, row.stretch = estimated(row, first, last, out)
        row.limits_number += 1
        row.limits_reason = reason.strip()
        return ("figures", "stretch", "limits_number", "limits_reason")

    def signed(row: ControlChart, signature: Any) -> tuple[str, ...]:
        ChartLimits.objects.create(
            chart=row, number=row.limits_number, figures=row.figures, stretch=row.stretch, reason=row.limits_reason,
            signature=signature,
        )  # fmt: skip
        return ()

    def after(row: ControlChart) -> None:
        feed = ChartFeed.objects.select_for_update().get(chart=row)
        feed.judged = max(feed.judged, last)
        feed.save()
        watching.judge(row, feed, by=by)

    return _step(
        controlchart,
        "freeze",
        by,
        reason=reason,
        version=version,
        signing=signing,
        change=change,
        signed=signed,
        after=after,
    )


def check_excluded(given: Iterable[Mapping[str, Any]], first: int, last: int) -> list[dict[str, Any]]:
    if last <= first:
        raise Invalid(_("The stretch ends after it begins."), field="last")
    rows: list[dict[str, Any]] = [
        {"place": int(one["place"]), "reason": str(one.get("reason", "")).strip()} for one in given
    ]
    for row in rows:
        if not row["reason"]:
            raise Invalid(
                _("Point %(place)s is left out without a reason.") % row,
                field="excluded",
                hint=_("Write the assignable cause behind the number of the point."),
            )
        if not first <= row["place"] <= last:
            raise Invalid(_("Point %(place)s does not lie within the stretch.") % row, field="excluded")
    if len({row["place"] for row in rows}) < len(rows):
        raise Invalid(_("A point is left out twice."), field="excluded")
    return rows


def estimated(
    row: ControlChart, first: int, last: int, out: list[dict[str, Any]]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures and stretch. Raises Invalid."""
    within = row.points.filter(place__range=(first, last))
    if within.count() != last - first + 1:
        raise Invalid(
            _("The chart has the points 1 to %(last)s.") % {"last": row.points.count()},
            field="last",
            hint=_("Choose a stretch within them, or wait for more values."),
        )
    points = within.exclude(place__in=[one["place"] for one in out]).order_by("place")
    samples = [monitor.Sample(one.numbers, one.size) for one in points]
    try:
        figures = monitor.estimate(row.kind, samples)
    except CalcError as error:
        raise Invalid(refusals.sentence(error), field="last", hint=_("Choose another stretch.")) from error
    return figures, {"first": first, "last": last, "count": len(samples), "excluded": out}


def take_over(*, controlchart: ControlChart, by: Any, version: int | None = None) -> ControlChart:
    """Signals are the owner's work."""

    def change(row: ControlChart) -> tuple[str, ...]:
        row.owner = by
        return ("owner",)

    return _step(controlchart, "take-over", by, version=version, change=change)


def retire(*, controlchart: ControlChart, by: Any, reason: str, version: int | None = None) -> ControlChart:
    """Nothing new is charted; its signals stay to be closed."""
    return _step(controlchart, "retire", by, reason=reason, version=version)


def _step(record: ControlChart, name: str, by: Any, **options: Any) -> ControlChart:
    row: ControlChart = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: ControlChart) -> events.ChartTold:
    return events.ChartTold(
        chart=row.number, part=row.part, characteristic=row.characteristic, kind=row.kind, version=row.limits_number,
        points=row.stretch.get("count", 0),
    )  # fmt: skip


CONTROLCHART_STEPS: dict[str, Callable[..., ControlChart]] = {
    "freeze": freeze,
    "edit": edit,
    "take-over": take_over,
    "retire": retire,
}
