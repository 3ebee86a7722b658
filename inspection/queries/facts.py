"""The seam for rules: what a measurement, a test or an alert says, in one shape.

subscribe("measurement.recorded"), subscribe("mes.test_reported") and subscribe("mes.alert_raised") get a happening whose `subject` is
the row; `facts_of(subject)` gives what a rule may look at. Nothing here decides, and nothing below opens a record by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from ..choices import UNJUDGED
from ..models import EquipmentAlert, Measurement, MeasurementBatch, ProductTest


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`kind`: measurement (outside its limits), test (failed) or alert. `family`: the part's kind in the ERP. `code`: our
    characteristic, or the sender's where nobody has named it, the tester's failure code, or the alert's."""

    kind: str
    source: str
    site_id: int
    event: str
    at: datetime
    code: str
    part: str = ""
    family: str = ""
    severity: str = ""
    value: Decimal | None = None
    unit: str = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    serial: str = ""
    lot: str = ""
    order: str = ""
    operation: str = ""
    station: str = ""
    run: str = ""


def facts_of(subject: Any) -> list[Fact]:
    """Of a batch all that lies outside limits that count (a message brings 10,000 values at most), and of nothing that was doubted."""
    if isinstance(subject, MeasurementBatch):
        return _outside(subject)
    return _failed(subject) if isinstance(subject, ProductTest) else [_alert(subject)]


def _outside(batch: MeasurementBatch) -> list[Fact]:
    if not batch.outside:
        return []
    rows = Measurement.objects.filter(batch=batch, measured_at__range=(batch.first_at, batch.last_at))
    counts = rows.alias(spoilt=F("flags").bitand(UNJUDGED.value)).filter(spoilt=0)
    found = counts.filter(Q(value__gt=F("upper")) | Q(value__lt=F("lower"))).select_related("series__item")
    said = batch.header
    return [
        Fact(
            kind="measurement",
            source=batch.source,
            site_id=batch.site_id,
            event=batch.source_event,
            at=row.measured_at,
            code=row.series.characteristic or row.series.characteristic_name,
            part=row.series.item.number if row.series.item else row.series.part_name,
            family=row.series.item.kind if row.series.item else "",
            value=row.value,
            unit=row.series.unit_name,
            lower=row.lower,
            upper=row.upper,
            serial=row.serial,
            lot=row.lot,
            order=said.get("order", ""),
            operation=said.get("operation", ""),
            station=said.get("station", "") or said.get("work_center", ""),
            run=said.get("run", ""),
        )
        for row in found.order_by("measured_at", "pk")
    ]


def _failed(test: ProductTest) -> list[Fact]:
    if test.verdict == "passed":
        return []
    item = test.item
    shared: dict[str, Any] = {
        "kind": "test",
        "source": test.source,
        "site_id": test.site_id,
        "event": test.source_event,
        "at": test.occurred_at,
        "part": item.number if item else test.part_number,
        "family": item.kind if item else "",
        "severity": test.severity,
        "serial": test.serial,
        "lot": test.lot_number,
        "order": test.order_number,
        "operation": test.operation,
        "station": test.station or test.work_center,
    }
    return [Fact(code=code, **shared) for code in test.codes or [test.program or test.verdict]]


def _alert(alert: EquipmentAlert) -> Fact:
    return Fact(
        kind="alert",
        source=alert.source,
        site_id=alert.site_id,
        event=alert.alert,
        at=alert.raised_at or alert.received_at,
        code=alert.code,
        severity=alert.severity,
        station=alert.equipment or alert.work_center,
    )
