"""Measured values, as a MES would have told them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from inspection import actions
from inspection.models import MeasurementBatch, Series
from qms import journal
from qms.accounts.models import Site
from qms.lib.clock import now


def values(
    *numbers: Any,
    site: str = "AUG",
    part: str = "TB-4711",
    characteristic: str = "BORE",
    source: str = "mes-aug",
    **more: Any,
) -> MeasurementBatch:
    """A batch of these numbers, a second apart."""
    at = now() - timedelta(minutes=10)
    told = actions.Told(
        system=source,
        site_id=Site.objects.get(code=site).pk,
        source=source,
        source_event=str(uuid4()),
        received_at=now(),
        part=part,
        characteristic=characteristic,
        times=[at + timedelta(seconds=n) for n in range(len(numbers))],
        values=[Decimal(str(n)) for n in numbers],
        **more,
    )
    batch, _unknown = actions.keep_measurements(told=told, by=journal.SYSTEM)
    return batch


def series(**more: Any) -> Series:
    """With one value."""
    batch = values(Decimal("12.01"), **more)
    return Series.objects.filter(site=batch.site, source=batch.source).latest("pk")
