"""What the REST interface takes and shows of inspections; decimals are text, dates ISO."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ncr.models import DefectCode, Nonconformance
from qms.api.serializers import ReasonBody, Strict
from qms.lib.ids import uuid7
from qms.masterdata.models import Lot, ProductionOrder, Supplier

from ..actions import Cell, Part
from ..choices import Usage
from ..models import Gauge, Inspection, InspectionPlan, LotCharacteristic, Reading, UsageLine
from . import Limit, Measure, Named, words


class InspectionBody(Strict):
    """`quantity`: in the part's own unit. `lot_number`: where the ERP does not know the lot. `rework`: a nonconformance whose oldest
    waiting loop of rework is inspected."""

    plan = Named(InspectionPlan)
    quantity = Measure()
    lot = Named(Lot, required=False)
    lot_number = words(120)
    supplier = Named(Supplier, required=False)
    order = Named(ProductionOrder, required=False)
    resubmits = Named(Inspection, required=False)
    rework = Named(Nonconformance, required=False)
    note = words(2000)

    def validate_rework(self, ncr: Nonconformance) -> Any:
        found = next((one for one in ncr.open_loops() if one.waits_for_person), None)
        if found is None:
            raise serializers.ValidationError(_("No reworked pieces of it wait for an inspection."))
        return found


class CellFields(Strict):
    """`characteristic`: balloon or uid; `given`: a number with or without its unit, pass, fail, or a choice's code; `key`: the sender's own
    id of this reading, so that it may be sent again; `reason`: where the cell holds a reading already."""

    characteristic = serializers.CharField(max_length=40)
    sample = serializers.IntegerField(min_value=1)
    given = serializers.CharField(max_length=80)
    unit = words(40)
    serial = words(120)
    gauge = Named(Gauge, required=False)
    reason = words(2000)
    key = serializers.UUIDField(required=False)


class ReadingsBody(Strict):
    readings: Any = CellFields(many=True)

    def to_internal_value(self, data: Any) -> Any:
        told = super().to_internal_value(data)
        return {"cells": [Cell(**{"key": uuid7(), **one}) for one in told["readings"]]}


class UsageFields(Strict):
    kind = serializers.ChoiceField(choices=Usage.choices)
    quantity = Measure()


class DefectNamed(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = DefectCode.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no defect code of this name."))
        return found


class DecideBody(Strict):
    """`note`: where the decision departs from the verdict; `defect_code`: where something is blocked or reworked."""

    lines: Any = UsageFields(many=True)
    note = words(2000)
    defect_code = DefectNamed(required=False)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[Part]:
        return [Part(**line) for line in lines]


class ReleasePartBody(ReasonBody):
    quantity = Measure()


class AllowGaugeBody(ReasonBody):
    gauge = Named(Gauge)


class ReadingShown(serializers.ModelSerializer[Reading]):
    gauge: Any = serializers.CharField(source="gauge.number", allow_null=True, default=None)
    value = Limit(30)
    factor = Limit(30, 15)

    class Meta:
        model = Reading
        fields = (
            *(
                "uid",
                "sample",
                "attempt",
                "serial",
                "given",
                "value",
                "given_unit",
                "factor",
                "choice",
                "verdict",
                "gauge",
            ),
            *("reason", "measured_at", "at"),
        )


class LotCharacteristicShown(serializers.ModelSerializer[LotCharacteristic]):
    nominal, lower, upper, uncertainty = Limit(30), Limit(30), Limit(30), Limit(30)
    readings = ReadingShown(many=True)

    class Meta:
        model = LotCharacteristic
        fields = (
            *(
                "uid",
                "origin",
                "balloon",
                "name",
                "requirement",
                "kind",
                "nominal",
                "lower",
                "upper",
                "uncertainty",
                "unit",
            ),
            *(
                "importance",
                "is_key",
                "gauge_kind",
                "choices",
                "formula",
                "sample_size",
                "accept",
                "reject",
                "readings",
            ),
        )


class UsageShown(serializers.ModelSerializer[UsageLine]):
    quantity = Measure()
    posting: Any = serializers.CharField(source="posting.reference", allow_null=True, default=None)
    hold: Any = serializers.CharField(source="hold.number", allow_null=True, default=None)

    class Meta:
        model = UsageLine
        fields = ("kind", "quantity", "tranche", "posting", "hold")


class InspectionShown(serializers.ModelSerializer[Inspection]):
    site = serializers.CharField(source="site.code")
    plan = serializers.CharField(source="plan.number")
    ncr: Any = serializers.CharField(source="ncr.number", allow_null=True, default=None)
    resubmits: Any = serializers.CharField(source="resubmits.number", allow_null=True, default=None)
    rework: Any = serializers.CharField(source="rework.line.ncr.number", allow_null=True, default=None)
    quantity = Measure()
    characteristics = LotCharacteristicShown(many=True)
    usage = UsageShown(many=True)

    class Meta:
        model = Inspection
        fields = (
            *(
                "number",
                "uid",
                "site",
                "state",
                "kind",
                "origin",
                "plan",
                "plan_sha256",
                "part_number",
                "part_revision",
            ),
            *(
                "lot_number",
                "supplier_name",
                "receipt_number",
                "order_number",
                "operation",
                "quantity",
                "unit",
                "stock_mode",
            ),
            *(
                "resubmits",
                "rework",
                "severity",
                "sampling",
                "sample_size",
                "accept",
                "reject",
                "found",
                "verdict",
                "judged",
                "ncr",
            ),
            *(
                "arrived_at",
                "released_at",
                "completed_at",
                "usage_decided_at",
                "decision_note",
                "posted_at",
                "decision_hours",
                "release_hours",
                "usage",
            ),
            *("characteristics", "note"),
        )
