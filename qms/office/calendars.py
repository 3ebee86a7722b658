"""When a plant works: its shifts by weekday and its days off. Silence is counted in this time only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.actions import MANAGE
from qms.lib.errors import Invalid
from qms.records.actions import check_reason

from . import events
from .models import PlantCalendar

DAY = dt.timedelta(days=1)
LONGEST = dt.timedelta(days=60)  # further back nothing is counted: it is silent by any measure


@dataclass(frozen=True)
class Shift:
    """`days`: ISO weekdays on which it begins. One that ends before it begins ends on the next day."""

    days: frozenset[int]
    begins: dt.time
    ends: dt.time

    def on(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        last = day if self.ends > self.begins else day + DAY
        return dt.datetime.combine(day, self.begins, zone), dt.datetime.combine(last, self.ends, zone)


@dataclass(frozen=True)
class Calendar:
    """Without shifts the plant works always, except on its days off."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()
    days_off: frozenset[dt.date] = frozenset()

    def worked(self, since: dt.datetime, until: dt.datetime) -> dt.timedelta:
        """How long the plant has worked between two moments; the two ends of an hour that the clock repeats count once."""
        total, at = dt.timedelta(), max(since, until - LONGEST)
        for begins, ends in self.spans(at, until):
            total += max(ends - begins, dt.timedelta())
        return total

    def spans(self, since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Times of work within, in order and never overlapping, in UTC."""
        reached = since.astimezone(dt.UTC)
        until = until.astimezone(dt.UTC)
        day, last = since.astimezone(self.zone).date() - DAY, until.astimezone(self.zone).date()
        while day <= last:
            for begins, ends in sorted(self._of(day)):
                first, end = max(begins.astimezone(dt.UTC), reached), min(ends.astimezone(dt.UTC), until)
                if end > first:
                    yield first, end
                    reached = end
            day += DAY

    def _of(self, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
        if day in self.days_off:
            return []
        if not self.shifts:
            return [
                (dt.datetime.combine(day, dt.time(), self.zone), dt.datetime.combine(day + DAY, dt.time(), self.zone))
            ]
        return [shift.on(day, self.zone) for shift in self.shifts if day.isoweekday() in shift.days]


def of(site: Any) -> Calendar:
    row = PlantCalendar.objects.filter(site=site).first()
    zone = ZoneInfo(site.timezone)
    if row is None:
        return Calendar(zone)
    shifts = tuple(
        Shift(frozenset(s["days"]), dt.time.fromisoformat(s["begins"]), dt.time.fromisoformat(s["ends"]))
        for s in row.shifts
    )
    return Calendar(zone, shifts, frozenset(dt.date.fromisoformat(d["day"]) for d in row.days_off))


def set_calendar(*, site: Any, shifts: str, days_off: str, by: Any, reason: str) -> PlantCalendar:
    """Shifts and days off as people write them. Raises Invalid with the line that cannot be read."""
    access.check(by, MANAGE)
    check_reason(reason)
    told = {"shifts": shifts_of(shifts), "days_off": days_of(days_off)}
    with journal.act(events.CALENDAR_SET, by=by, reason=reason) as act:
        row, _made = PlantCalendar.objects.update_or_create(site=site, defaults=told)
        act.record(row, events.CalendarSet(site.code, shifts_text(row.shifts), days_text(row.days_off)))
    return row


# --- as people write it: one shift or one day a line ----------------------------------------------------------------------


def shifts_of(text: str) -> list[dict[str, Any]]:
    """ "1-5 06:00-22:00" a line: ISO weekdays, then the time. Raises Invalid with the line that cannot be read."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            days, times = line.split()
            begins, ends = (dt.time.fromisoformat(part) for part in times.split("-"))
            if begins == ends:
                raise ValueError(line)
            found.append({"days": _weekdays(days), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"})
        except ValueError:
            raise Invalid(
                _("“%(line)s” is no shift.") % {"line": line},
                field="shifts",
                hint=_("Write weekdays and times, such as: 1-5 06:00-22:00"),
            ) from None
    return found


def _weekdays(text: str) -> list[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        days |= set(range(int(first), int(last or first) + 1))
    if not days or not days <= set(range(1, 8)):
        raise ValueError(text)
    return sorted(days)


def days_of(text: str) -> list[dict[str, str]]:
    """ "2026-12-25 Christmas" a line. Raises Invalid."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _space, name = line.partition(" ")
        try:
            found.append({"day": dt.date.fromisoformat(day).isoformat(), "name": name.strip()})
        except ValueError:
            raise Invalid(
                _("“%(line)s” is no day off.") % {"line": line},
                field="days_off",
                hint=_("Write the date and a name, such as: 2026-12-25 Christmas"),
            ) from None
    return found


def shifts_text(shifts: list[dict[str, Any]]) -> str:
    return "\n".join(f"{','.join(map(str, s['days']))} {s['begins']}-{s['ends']}" for s in shifts)


def days_text(days: list[dict[str, str]]) -> str:
    return "\n".join(f"{d['day']} {d['name']}".strip() for d in days)


def as_text(site: Any) -> dict[str, str]:
    """Shifts and days off of the site as people write them."""
    held = PlantCalendar.objects.filter(site=site).first() or PlantCalendar()
    return {"shifts": shifts_text(held.shifts), "days_off": days_text(held.days_off)}
