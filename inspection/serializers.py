"""What the REST interface takes and shows of gauges; decimals are text, dates ISO."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site
from qms.api.serializers import ReasonBody, Strict
from qms.lib.quantity import show

from .models import Gauge


class Measure(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=6, **options)

    def to_representation(self, value: Any) -> str:
        return show(value)


class SiteCode(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


class GaugeFields(Strict):
    asset = serializers.CharField(max_length=60, required=False)
    description = serializers.CharField(max_length=200, required=False)
    kind = serializers.CharField(max_length=60, required=False, allow_blank=True)
    serial_number = serializers.CharField(max_length=80, required=False, allow_blank=True)
    range_from = Measure(required=False, allow_null=True)
    range_to = Measure(required=False, allow_null=True)
    resolution = Measure(required=False, allow_null=True)
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True)
    location = serializers.CharField(max_length=120, required=False, allow_blank=True)
    calibrated_date = serializers.DateField(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class RegisterBody(GaugeFields):
    site = SiteCode()
    asset = serializers.CharField(max_length=60)
    description = serializers.CharField(max_length=200)
    in_use = serializers.BooleanField(required=False)


class EditBody(GaugeFields, ReasonBody):
    pass


class GaugeShown(serializers.ModelSerializer[Gauge]):
    site = serializers.CharField(source="site.code")
    range_from, range_to, resolution = Measure(allow_null=True), Measure(allow_null=True), Measure(allow_null=True)

    class Meta:
        model = Gauge
        fields = (
            *("number", "uid", "site", "state", "asset", "description", "kind", "serial_number"),
            *("range_from", "range_to", "resolution", "unit", "location", "calibrated_date", "due_date"),
            *("source", "source_key", "created_at"),
        )
