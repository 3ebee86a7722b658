"""Lots that a gauge leaves in doubt, as the REST interface takes them."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.api.serializers import ReasonBody, Strict
from qms.masterdata.models import Lot

from ..actions import HeldLot
from ..models import CustomerNotice
from ..models.calibrations import Means
from . import Measure
from .lots import DefectNamed


class HeldLotFields(Strict):
    part = serializers.CharField(max_length=120)
    lot = serializers.CharField(max_length=120)
    quantity = Measure()

    def validate(self, data: dict[str, Any]) -> HeldLot:
        rows = Lot.objects.visible_to(self.context["request"].user).live().select_related("item__unit")
        found = list(rows.filter(number=data["lot"], item__number=data["part"])[:2])
        if len(found) != 1:
            raise serializers.ValidationError({"lot": _("Exactly one lot of this part must have this number.")})
        return HeldLot(found[0], data["quantity"])


class HoldLotsBody(ReasonBody):
    lots: Any = serializers.ListField(child=HeldLotFields(), min_length=1, max_length=500)
    defect_code: Any = DefectNamed()


class NotifyBody(Strict):
    """`shipment`: its number in the ERP; `customer_name` left out: the one that the ERP names; `contact` left out: only of a shipment that
    has not left and is held back (`means`)."""

    shipment = serializers.CharField(max_length=120)
    customer_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True)
    means = serializers.ChoiceField(choices=Means.choices)
    told_date = serializers.DateField()
    text = serializers.CharField(max_length=4000)


class NoticeShown(serializers.ModelSerializer[CustomerNotice]):
    by = serializers.CharField(source="by.username")

    class Meta:
        model = CustomerNotice
        fields = ("uid", "shipment_number", "customer_name", "contact", "means", "told_date", "text", "by")
