"""Which gauges are to be brought to calibration."""

from typing import Any

from django.db.models import DateField, ExpressionWrapper, F, Q, Value

from qms.lib.clock import now

from ..models import Gauge


def is_recalled() -> Q:
    """In use, and due within the days that the gauge itself says, or overdue."""
    today = Value(now().date(), output_field=DateField())
    return Q(due_date__lte=ExpressionWrapper(today + F("recall_days"), output_field=DateField()), state="IN_USE")


def recalled() -> Any:
    return Gauge.objects.filter(is_recalled()).select_related("keeper", "site").order_by("pk")
