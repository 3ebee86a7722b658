"""What the REST interface takes and shows of certificates."""

from typing import Any

from rest_framework import serializers

from qms.api.serializers import ReasonBody, Strict
from qms.masterdata.models import Item, ReceiptLine, Supplier

from ..choices import CertificateKind
from ..models import Certificate
from . import Named, SiteCode, number, words


class ValueFields(Strict):
    """`characteristic`: balloon of the plan; `value`: as it stands there, with or without its unit."""

    characteristic = serializers.CharField(max_length=12)
    value = serializers.CharField(max_length=80)
    unit = words(40)


def names() -> Any:
    return serializers.ListField(child=serializers.CharField(max_length=120), required=False, max_length=200)


class CertificateFields(Strict):
    kind = serializers.ChoiceField(choices=CertificateKind.choices, required=False)
    reference = serializers.CharField(max_length=80, required=False)
    issuer_name = words(200)
    issued_date = serializers.DateField(required=False)
    valid_until = serializers.DateField(required=False, allow_null=True)
    part_revision = words(40)
    lots, heats = names(), names()
    claims = words(4000)
    values: Any = ValueFields(many=True, required=False)


class CertificateBody(CertificateFields):
    """`receipt_line`: its number in the ERP; part, supplier and lot follow from it."""

    site = SiteCode()
    kind = serializers.ChoiceField(choices=CertificateKind.choices)
    reference = serializers.CharField(max_length=80)
    issued_date = serializers.DateField()
    item = Named(Item, required=False)
    supplier = Named(Supplier, required=False)
    receipt_line = Named(ReceiptLine, required=False)


class EditCertificateBody(CertificateFields, ReasonBody):
    pass


class WaiveBody(Strict):
    kind = serializers.ChoiceField(choices=CertificateKind.choices)


class ValueShown(serializers.Serializer[Any]):
    """Decimals as text, in the unit of the plan."""

    balloon = serializers.CharField()
    name = serializers.CharField()
    given = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.CharField()
    lower = serializers.CharField(allow_null=True)
    upper = serializers.CharField(allow_null=True)
    verdict = serializers.CharField()


class CertificateShown(serializers.ModelSerializer[Certificate]):
    site = serializers.CharField(source="site.code")
    item, supplier, plan = number("item"), number("supplier"), number("plan")
    receipt_line = number("receipt_line")
    accepted_by = serializers.CharField(source="accepted_by.username", default=None, allow_null=True)
    lots: Any = serializers.ListField(child=serializers.CharField())
    heats: Any = serializers.ListField(child=serializers.CharField())
    values: Any = ValueShown(many=True)

    class Meta:
        model = Certificate
        fields = (
            "number", "uid", "site", "state", "kind", "reference", "issuer_name", "supplier", "issued_date", "valid_until",
            "item", "part_revision", "lots", "heats", "receipt_line", "receipt_number", "claims", "plan", "values", "verdict",
            "accepted_by", "created_at",
        )  # fmt: skip
