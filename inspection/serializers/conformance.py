"""Our own certificates of conformance over REST."""

from typing import Any

from rest_framework import serializers

from qms.api.serializers import Strict

from ..models import Conformance, Inspection
from ..models.conformance import Detail
from . import Measure, Named, number, words


class ConformanceFields(Strict):
    """Left out when it is prepared: what the shipment, the plan and the usage decision say."""

    customer_name = serializers.CharField(max_length=200, required=False)
    customer_order, delivery = words(80), words(80)
    quantity = Measure(required=False)
    serials = serializers.ListField(child=serializers.CharField(max_length=120), required=False, max_length=2000)
    specification = serializers.CharField(max_length=400, required=False)
    detail = serializers.ChoiceField(choices=Detail.choices, required=False)
    with_gauges = serializers.BooleanField(required=False)
    deviations, remarks = words(4000), words(4000)


class ConformanceBody(ConformanceFields):
    inspection = Named(Inspection)


class EditConformanceBody(ConformanceFields):
    pass


class ConformanceShown(serializers.ModelSerializer[Conformance]):
    """`content`: what is taken from the inspection; decimals as text."""

    site = serializers.CharField(source="site.code")
    inspection = number("inspection")
    quantity = Measure()
    serials: Any = serializers.ListField(child=serializers.CharField())
    issued_by = serializers.CharField(source="issued_by.username", default=None, allow_null=True)

    class Meta:
        model = Conformance
        fields = (
            "number", "uid", "site", "state", "inspection", "part_number", "part_name", "part_revision", "lot_number", "quantity",
            "unit", "serials", "customer_name", "customer_order", "delivery", "specification", "deviations", "remarks", "detail",
            "with_gauges", "content", "issued_by", "issued_at", "created_at",
        )  # fmt: skip
