"""Tests of pieces and alerts of machines, as they are told. Neither opens a record by itself (queries.facts is for rules)."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from qms import journal
from qms.accounts.models import Site
from qms.lib import canonical

from .. import events, queries
from ..models import EquipmentAlert, ProductTest
from .measurements import Told, keep_measurements


@dataclass(frozen=True, kw_only=True)
class ToldTest:
    """Names as the tester says them."""

    site_id: int
    source: str
    source_event: str
    verdict: str
    occurred_at: datetime
    received_at: datetime
    codes: list[str] = field(default_factory=list)
    severity: str = ""
    program: str = ""
    part_number: str = ""
    part_revision: str = ""
    serial: str = ""
    lot_number: str = ""
    order_number: str = ""
    operation: str = ""
    work_center: str = ""
    station: str = ""
    operator: str = ""
    note: str = ""


def report_test(
    *, test: ToldTest, system: str, by: Any, values: Told | None = None, origin: str = ""
) -> tuple[ProductTest, list[str]]:
    """The test with its values, in one transaction of the caller's; and the series whose meaning nobody has said yet."""
    batch, unknown = keep_measurements(told=values, by=by, origin=origin) if values else (None, [])
    item = queries.item_of(system=system, site_id=test.site_id, name=test.part_number) if test.part_number else None
    with journal.act(events.TEST_REPORTED, by=by, source=origin) as act:
        row = ProductTest.objects.create(**asdict(test), item_id=item, batch=batch)
        act.record(row, _told(row))
    return row, unknown


def _told(row: ProductTest) -> events.TestReported:
    return events.TestReported(
        site=_site(row.site_id),
        source=row.source,
        id=row.source_event,
        verdict=row.verdict,
        part=row.part_number,
        serial=row.serial,
        lot=row.lot_number,
        order=row.order_number,
        program=row.program,
        codes=list(row.codes),
        occurred_at=canonical.instant(row.occurred_at),
    )


@dataclass(frozen=True, kw_only=True)
class ToldAlert:
    """`at`: when it was raised or cleared. What is empty stays as it was told before."""

    site_id: int
    source: str
    alert: str
    is_raised: bool
    at: datetime
    received_at: datetime
    equipment: str = ""
    work_center: str = ""
    code: str = ""
    severity: str = ""
    text: str = ""


WORDS = ("equipment", "work_center", "code", "severity", "text")


def report_alert(*, told: ToldAlert, by: Any, origin: str = "") -> tuple[EquipmentAlert, bool]:
    """The alert as it stands now, and whether this was news: older words never overwrite newer ones."""
    event = events.ALERT_RAISED if told.is_raised else events.ALERT_CLEARED
    with journal.act(event, by=by, source=origin) as act:
        moments = {"raised_at": told.at} if told.is_raised else {"cleared_at": told.at}
        fresh = {"site_id": told.site_id, "said_at": told.at, "received_at": told.received_at, **moments}
        words = {name: getattr(told, name) for name in WORDS}
        row, is_new = EquipmentAlert.objects.select_for_update().get_or_create(
            source=told.source, alert=told.alert, defaults={**fresh, **words}
        )
        is_news = is_new or told.at >= row.said_at
        if not is_new:
            _follow(row, told, is_news)
        act.record(row, _said(row, told, is_news))
    return row, is_news


def _follow(row: EquipmentAlert, told: ToldAlert, is_news: bool) -> None:
    if is_news:
        row.said_at, row.received_at = told.at, told.received_at
        row.cleared_at = None if told.is_raised else told.at
        row.raised_at = told.at if told.is_raised else row.raised_at
    elif told.is_raised and (row.raised_at is None or row.raised_at < told.at):
        row.raised_at = told.at  # the beginning of what was cleared already
    for name in WORDS:
        if getattr(told, name) and (is_news or not getattr(row, name)):
            setattr(row, name, getattr(told, name))
    row.save()


def _said(row: EquipmentAlert, told: ToldAlert, is_news: bool) -> events.AlertTold:
    return events.AlertTold(
        site=_site(row.site_id),
        source=row.source,
        alert=row.alert,
        place=row.equipment or row.work_center,
        code=row.code,
        severity=row.severity,
        text=row.text,
        at=canonical.instant(told.at),
        is_news=is_news,
    )


def _site(site_id: int) -> str:
    return str(Site.objects.values_list("code", flat=True).get(pk=site_id))
