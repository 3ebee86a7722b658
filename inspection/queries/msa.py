"""What is known of gauges from their concluded studies."""

from collections.abc import Iterable

from ..models import MsaStudy


def newest(gauges: Iterable[int]) -> dict[int, MsaStudy]:
    """Gauge → its newest concluded study of repeatability and reproducibility, else of any kind."""
    rows = MsaStudy.objects.filter(gauge_id__in=list(gauges), state="APPROVED").order_by("performed_date", "pk")
    found: dict[int, MsaStudy] = {}
    for row in rows.defer("rows", "result"):
        held = found.get(row.gauge_id)
        if held is None or row.percent is not None or held.percent is None:
            found[row.gauge_id] = row
    return found
