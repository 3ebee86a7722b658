"""Calibrations: recorded, approved by another person, and what a gauge out of tolerance may have done, judged by signature."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

from .. import events, queries
from ..calc import calibration as calc
from ..models import Calibration, Gauge, Impact, Result
from . import gauges, notices, points
from .doubt import hold_lots

WORDS = ("laboratory", "accreditation", "certificate", "procedure", "environment")


def calibrate(
    *,
    by: Any,
    gauge: Gauge,
    performed_date: date,
    points: Iterable[Mapping[str, Any]],
    standards: Iterable[str] = (),
    uid: UUID | None = None,
    **words: str,
) -> Calibration:
    """Record what was found; judged here. Out of tolerance, the gauge goes out of service in the same act. The same `uid` again
    returns the first one. `standards`: asset numbers. Raises Invalid, Conflict, Forbidden."""
    access.check(by, gauges.RIGHT, gauge)
    if uid and (known := Calibration.objects.filter(uid=uid, created_by=by).first()):
        return known
    with journal.act(events.CALIBRATION_RECORDED, by=by) as act:
        row: Gauge = records.locked(gauge)
        _check_open(row)
        given = _given(row, performed_date, points, standards, words)
        made = Calibration.objects.create(
            uid=uid or uuid7(), site_id=row.site_id, compartment_id=row.compartment_id, container_id=row.container_id,
            state="DRAFT", created_by=by, edited_by=by, gauge=row, unit=row.unit, **given,
        )  # fmt: skip
        _take_out(made, by)
        act.record(made, changed(made))
    return made


def edit(*, calibration: Calibration, by: Any, reason: str, version: int | None = None, **values: Any) -> Calibration:
    """Change what was recorded; it is judged again."""

    def change(row: Calibration) -> tuple[str, ...]:
        words = {name: values.get(name, getattr(row, name)) for name in WORDS}
        told = values.get("standards", [each["asset"] for each in row.standards])
        day = values.get("performed_date", row.performed_date)
        given = _given(row.gauge, day, values.get("points", row.points), told, words)
        for name, value in {**given, "edited_by": by}.items():
            setattr(row, name, value)
        return (*given, "edited_by")

    def after(row: Calibration) -> None:
        _take_out(row, by)

    return _step(calibration, "edit", by, reason=reason, version=version, change=change, after=after)


def approve(*, calibration: Calibration, by: Any, signing: Signing | None, version: int | None = None) -> Calibration:
    """The gauge's dates follow, unless it failed."""
    return _approve(calibration, "approve", by, signing, version)


def approve_out(
    *, calibration: Calibration, by: Any, signing: Signing | None, version: int | None = None
) -> Calibration:
    """A reading as found is out of tolerance; what was measured since the last good calibration is to be judged next."""
    return _approve(calibration, "approve-out", by, signing, version)


def judge(
    *,
    calibration: Calibration,
    by: Any,
    impact: str,
    reason: str,
    signing: Signing | None,
    version: int | None = None,
) -> Calibration:
    """The signed verdict. What was known of the gauge's use at this moment is kept with it."""
    if impact not in Impact.values:
        raise Invalid(_("Say whether product is affected."), field="impact")

    def change(row: Calibration) -> tuple[str, ...]:
        if impact == Impact.AFFECTED:
            notices.check_told(row)
        row.impact, row.impact_reason = impact, reason.strip()
        row.impact_seen = [use.told() for use in queries.uses_since(row)]
        return ("impact", "impact_reason", "impact_seen")

    return _step(calibration, "judge", by, reason=reason, version=version, signing=signing, change=change)


def cancel(*, calibration: Calibration, by: Any, reason: str, version: int | None = None) -> Calibration:
    return _step(calibration, "cancel", by, reason=reason, version=version)


def _approve(calibration: Calibration, name: str, by: Any, signing: Signing | None, version: int | None) -> Calibration:
    def change(row: Calibration) -> tuple[str, ...]:
        row.approved_by = by
        return ("approved_by",)

    def after(row: Calibration) -> None:
        if row.result != Result.FAILED:
            _set_dates(row, by)

    return _step(calibration, name, by, version=version, signing=signing, change=change, after=after)


def _given(
    gauge: Gauge, day: date, told: Iterable[Mapping[str, Any]], standards: Iterable[str], words: Mapping[str, str]
) -> dict[str, Any]:
    """What is kept of what was told. Raises Invalid."""
    if unknown := set(words) - set(WORDS):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if day > now().date():
        raise Invalid(
            _("A calibration is recorded after it was done."), field="performed_date", hint=_("Correct the date.")
        )
    rows = points.points(told)
    result, is_out = calc.judge(rows)
    return {
        **words,
        "performed_date": day,
        "points": rows,
        "standards": _standards(gauge, day, standards),
        "result": result,
        "is_out": is_out,
        "good_date": queries.good_date(gauge, day),
    }


def _standards(gauge: Gauge, day: date, assets: Iterable[str]) -> list[dict[str, str]]:
    """Gauges of the site that the calibration is traced to; each held on that day."""
    found = []
    for asset in dict.fromkeys(assets):
        standard = Gauge.objects.filter(site_id=gauge.site_id, asset=asset).exclude(pk=gauge.pk).first()
        if standard is None:
            raise Invalid(
                _("There is no other gauge %(asset)s on this site.") % {"asset": asset},
                field="standards",
                hint=_("Write the asset numbers of the standards, with a comma between them."),
            )
        if not standard.is_calibrated(on=day) or standard.state != "IN_USE":
            raise Invalid(
                _("The standard %(asset)s may not be used: it is overdue or out of service.") % {"asset": asset},
                field="standards",
                hint=_("Calibrate the standard first, or use another one."),
            )
        due = standard.due_date.isoformat() if standard.due_date else ""
        found.append({"number": standard.number, "asset": asset, "due_date": due})
    return found


def _check_open(gauge: Gauge) -> None:
    if gauge.state == "RETIRED":
        raise Conflict(_("%(asset)s is retired; it is calibrated no more.") % {"asset": gauge.asset}, code="ended")
    if known := gauge.calibrations.filter(state="DRAFT").first():
        raise Conflict(
            _("%(number)s of this gauge is a draft still.") % {"number": known.number},
            hint=_("Have it approved, or cancel it."),
            code="open",
        )


def _take_out(row: Calibration, by: Any) -> None:
    """At once: nobody measures with it while the approval is waited for."""
    gauge = Gauge.objects.get(pk=row.gauge_id)
    if gauge.state == "IN_USE" and (row.is_out or row.result == Result.FAILED):
        why = _("%(number)s found it out of tolerance.") % {"number": row.number}
        gauges.take_out(gauge=gauge, by=by, reason=why)


def _set_dates(row: Calibration, by: Any) -> None:
    """By the plan; without one the gauge keeps a due date that lies after the calibration."""
    with journal.act(events.GAUGE_EDITED, by=by, reason=row.number) as act:
        gauge: Gauge = records.locked(row.gauge)
        if gauge.calibrated_date is None or gauge.calibrated_date <= row.performed_date:
            gauge.calibrated_date = row.performed_date
            if gauge.interval_months:
                gauge.due_date = calc.due(row.performed_date, gauge.interval_months)
            elif gauge.due_date and gauge.due_date <= row.performed_date:
                gauge.due_date = None
            gauge.version += 1
            gauge.save(update_fields=["calibrated_date", "due_date", "version"])
        act.record(gauge, gauges.changed(gauge))


def _step(record: Calibration, name: str, by: Any, **options: Any) -> Calibration:
    row: Calibration = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: Calibration) -> events.CalibrationTold:
    return events.CalibrationTold(
        calibration=row.number, gauge=row.gauge.number, asset=row.gauge.asset, result=row.result, is_out=row.is_out,
        impact=row.impact, uses=len(row.impact_seen),
    )  # fmt: skip


CALIBRATION_STEPS: dict[str, Callable[..., Calibration]] = {
    "edit": edit,
    "approve": approve,
    "approve-out": approve_out,
    "hold": hold_lots,
    "notify": notices.notify,
    "judge": judge,
    "cancel": cancel,
}
