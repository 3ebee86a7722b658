"""Which lots lack a certificate that their plan asks for."""

from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, Func, JSONField, OuterRef, Q

from qms.lib.clock import now

from ..choices import CertificateKind
from ..models import Certificate, CertificateLeave


def lacking(lots: Any) -> Any:
    """Of these inspections the undecided ones that lack one, each kind told as `lacks_…`. Skipped lots are among them: nobody looks
    at their pieces, so their papers are all that there is."""
    flags = {f"lacks_{kind}": ExpressionWrapper(_lacks(kind), BooleanField()) for kind in CertificateKind.values}
    any_of = Q()
    for name in flags:
        any_of |= Q(**{name: True})
    return lots.exclude(state="CANCELLED").filter(usage_decided_at=None).annotate(**flags).filter(any_of)


def _lacks(kind: str) -> Q:
    lot = Func(OuterRef("lot_number"), function="to_jsonb", output_field=JSONField())
    there = Certificate.objects.counting(now().date()).filter(
        Q(receipt_line=OuterRef("receipt_line")) | Q(item=OuterRef("item"), lots__contains=lot), site=OuterRef("site"), kind=kind
    )  # fmt: skip
    leave = CertificateLeave.objects.filter(inspection=OuterRef("pk"), kind=kind)
    return Q(plan_content__certificates__contains=[kind]) & ~Q(Exists(there)) & ~Q(Exists(leave))


def kinds_lacked(lot: Any) -> list[str]:
    """Labels, of a row of `lacking`."""
    return [str(kind.label) for kind in CertificateKind if getattr(lot, f"lacks_{kind}")]
