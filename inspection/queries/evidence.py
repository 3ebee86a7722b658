"""Values kept as evidence."""

from typing import Any

from django.db.models import QuerySet

from ..models import EvidencePoint


def evidence_of(record: Any) -> QuerySet[EvidencePoint]:
    """Of a record that its reader may see, in the order of measuring."""
    return EvidencePoint.objects.filter(record_type=record._meta.label_lower, record_key=str(record.pk))
