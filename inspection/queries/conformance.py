"""What a certificate of conformance takes from the inspection: never typed again, the same each time it is asked."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import Q, Sum

from ncr.choices import Disposition
from ncr.models import DispositionLine
from qms.lib.clock import now
from qms.lib.quantity import show

from ..choices import CERTIFIABLE, ReadingVerdict, Usage
from ..models import Certificate, Conformance, Inspection, LotCharacteristic
from ..models.conformance import Detail
from . import lots

DEPARTING = (Disposition.USE_AS_IS, Disposition.REPAIR, Disposition.REGRADE)
APPROVED = ("DISPOSITIONED", "IN_EXECUTION", "VERIFICATION", "CLOSED")


def released(inspection: Inspection) -> Decimal:
    """What signed decisions let go, tranches among it."""
    told = inspection.usage.filter(kind=Usage.UNRESTRICTED).aggregate(total=Sum("quantity"))["total"]
    return told or Decimal()


def certified(inspection: Inspection, *, but: int | None = None) -> Decimal:
    """What certificates that stand have said already."""
    rows = Conformance.objects.filter(inspection=inspection, state="ISSUED").exclude(pk=but)
    return rows.aggregate(total=Sum("quantity"))["total"] or Decimal()


def left(row: Conformance) -> Decimal:
    """What its inspection released and others have not certified."""
    return released(row.inspection) - certified(row.inspection, but=row.pk)


def fresh(row: Conformance) -> dict[str, Any]:
    """What its inspection says now."""
    return content(row.inspection, detail=row.detail, with_gauges=row.with_gauges)


def may_be_certified(inspection: Inspection) -> bool:
    return inspection.usage_decided_at is not None and inspection.kind in CERTIFIABLE and released(inspection) > 0


def content(inspection: Inspection, *, detail: str, with_gauges: bool) -> dict[str, Any]:
    """Decimals as text, times in ISO 8601 UTC. `results`: [{"balloon", "name", "required", "unit", "n", "bad", "is_key"}] with lowest,
    mean and highest, or with every value (sample, text) of the last attempt."""
    plan, by = inspection.plan_content, inspection.usage_decided_by
    read = lots.lines(inspection)
    told: dict[str, Any] = {
        "plan": {
            "number": inspection.plan.number,
            "edition": inspection.plan.edition,
            "sha256": inspection.plan_sha256,
        },
        "drawing": plan.get("drawing", ""),
        "kind": inspection.kind,
        "lot_size": show(inspection.quantity),
        "sample_size": inspection.sample_size,
        "verdict": inspection.verdict,
        "decision": {
            "by": by.full_name if by else "",
            "at": inspection.usage_decided_at.isoformat() if inspection.usage_decided_at else "",
            "note": inspection.decision_note,
            "released": show(released(inspection)),
        },
        "results": [_result(line, detail) for line in read if line.cells],
        "certificates": certificates(inspection),
        "concessions": concessions(inspection),
    }
    return told | ({"gauges": _gauges(read)} if with_gauges else {})


def _result(line: lots.Line, detail: str) -> dict[str, Any]:
    of: LotCharacteristic = line.characteristic
    last = [rows[0] for _sample, rows in sorted(line.cells.items())]
    told: dict[str, Any] = {
        "balloon": of.balloon, "name": of.name, "required": of.limits_shown, "unit": of.unit, "is_key": of.is_key,
        "n": len(last), "bad": sum(one.verdict != ReadingVerdict.PASSED for one in last),
    }  # fmt: skip
    if detail == Detail.VALUES:
        return told | {"values": [[one.sample, _text(one)] for one in last]}
    values = [one.value for one in last if one.value is not None]
    if values:
        places = max(-int(value.normalize().as_tuple().exponent) for value in values)
        mean = (sum(values) / len(values)).quantize(Decimal(1).scaleb(-max(places, 0) - 1), ROUND_HALF_EVEN)
        told |= {"lowest": show(min(values)), "mean": f"{mean:f}", "highest": show(max(values))}
    return told


def _text(one: Any) -> str:
    return show(one.value) if one.value is not None else str(one.given)


def certificates(inspection: Inspection) -> list[dict[str, Any]]:
    """Those of suppliers that count for the lot."""
    rows = Certificate.objects.covering(inspection).counting(now().date()).order_by("pk")
    return [
        {
            "number": one.number,
            "kind": one.kind,
            "reference": one.reference,
            "issuer": one.issuer_name,
            "heats": one.heats,
        }
        for one in rows
    ]


def concessions(inspection: Inspection) -> list[dict[str, str]]:
    """Approved dispositions of the lot that depart from the requirement; of what another compartment keeps, nothing is told."""
    of = Q(ncr=inspection.ncr_id)
    if inspection.lot_number:
        of |= Q(ncr__item=inspection.item_id, ncr__lot_number=inspection.lot_number)
    rows = DispositionLine.objects.filter(
        of, kind__in=DEPARTING, ncr__state__in=APPROVED, ncr__site=inspection.site_id, ncr__compartment=inspection.compartment_id
    )  # fmt: skip
    return [
        {
            "ncr": row.ncr.number,
            "kind": row.kind,
            "quantity": show(row.quantity),
            "customer": row.ncr.customer_reference,
        }
        for row in rows.select_related("ncr").order_by("pk")
    ]


def _gauges(read: list[lots.Line]) -> list[dict[str, str]]:
    used = {one.gauge for line in read for rows in line.cells.values() for one in rows[:1] if one.gauge}
    return [
        {"asset": one.asset, "name": one.description, "due": one.due_date.isoformat() if one.due_date else ""}
        for one in sorted(used, key=lambda gauge: str(gauge.asset))
    ]
