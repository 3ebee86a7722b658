"""What the REST interface takes and shows of gauges and inspection plans; decimals are text, dates ISO."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site, User
from qms.api.serializers import ReasonBody, Strict
from qms.lib.quantity import show
from qms.masterdata.models import Customer, Item, Supplier

from ..calc.sampling import LEVELS
from ..choices import (
    CertificateKind,
    CharacteristicKind,
    DecisionRule,
    Geometric,
    Importance,
    InspectionKind,
    Modifier,
    Occasion,
    OwnSample,
    Scheme,
    Skipping,
    StockMode,
    Switching,
)
from ..models import Calibration, Gauge, Impact, InspectionPlan, PlanCharacteristic
from ..models.plans import SKIPPING


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


class PlannedPoint(Strict):
    nominal = Measure()
    tolerance = Measure()


class PointShown(serializers.Serializer[Any]):
    """As it is kept: decimals as text, in the unit of the gauge."""

    nominal = serializers.CharField()
    tolerance = serializers.CharField()


class KeeperNamed(serializers.CharField):
    """A person's user name; the act says whether they may keep gauges."""

    def to_internal_value(self, data: Any) -> Any:
        found = User.objects.filter(kind=User.PERSON, is_active=True, username=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is nobody of this name."))
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
    interval_months = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=120)
    check_points = PlannedPoint(many=True, required=False, allow_null=True)
    keeper = KeeperNamed(required=False, allow_null=True)
    recall_days = serializers.IntegerField(required=False, min_value=1, max_value=180)


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
    check_points: Any = PointShown(many=True, allow_null=True)
    keeper = serializers.CharField(source="keeper.username", default=None, allow_null=True)

    class Meta:
        model = Gauge
        fields = (
            *("number", "uid", "site", "state", "asset", "description", "kind", "serial_number"),
            *("range_from", "range_to", "resolution", "unit", "location", "calibrated_date", "due_date"),
            *("interval_months", "check_points", "keeper", "recall_days"),
            *("source", "source_key", "created_at"),
        )


class Named(serializers.CharField):
    """A row by the number that the caller may see; exactly one must fit."""

    def __init__(self, model: Any, **options: Any) -> None:
        self.model = model
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        rows = self.model.objects.visible_to(self.context["request"].user)
        rows = rows.live() if hasattr(rows, "live") else rows
        found = list(rows.filter(number=super().to_internal_value(data))[:2])
        if len(found) != 1:
            raise serializers.ValidationError(_("Exactly one row that you may see must have this number."))
        return found[0]


def words(most: int) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True)


class Limit(serializers.DecimalField):
    def __init__(self, digits: int = 28, places: int = 12, **options: Any) -> None:
        super().__init__(max_digits=digits, decimal_places=places, required=False, allow_null=True, **options)

    def to_representation(self, value: Any) -> str:
        return show(value)


class DatumFields(Strict):
    letter = serializers.CharField(max_length=5)
    modifier = serializers.ChoiceField(choices=Modifier.choices, allow_blank=True, required=False, default="")


class CalloutFields(Strict):
    symbol = serializers.ChoiceField(choices=Geometric.choices)
    tolerance = serializers.RegexField(r"^[0-9]{1,12}(\.[0-9]{1,12})?\Z")
    diameter = serializers.BooleanField(required=False, default=False)
    modifier = serializers.ChoiceField(choices=Modifier.choices, allow_blank=True, required=False, default="")
    datums: Any = DatumFields(many=True, required=False, default=list)


def whole(least: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=least, max_value=9999, required=False, allow_null=True)


class ChoiceFields(Strict):
    code = serializers.CharField(max_length=20)
    label: Any = serializers.CharField(max_length=120)
    accept = serializers.BooleanField()


class CharacteristicFields(Strict):
    """`uid`: of the line that is meant; none adds one. `callout`: null for none."""

    uid = serializers.UUIDField(required=False)
    balloon = serializers.CharField(max_length=12)
    name = serializers.CharField(max_length=120)
    sheet = words(12)
    zone = words(12)
    requirement = words(400)
    kind = serializers.ChoiceField(choices=CharacteristicKind.choices, required=False)
    nominal = Limit()
    lower = Limit()
    upper = Limit()
    is_basic = serializers.BooleanField(required=False)
    is_reference = serializers.BooleanField(required=False)
    unit = words(40)
    uncertainty = Limit()
    decision_rule = serializers.ChoiceField(choices=DecisionRule.choices, required=False, allow_blank=True)
    callout: Any = CalloutFields(required=False, allow_null=True)
    importance = serializers.ChoiceField(choices=Importance.choices, required=False)
    is_key = serializers.BooleanField(required=False)
    method = words(200)
    gauge_kind = words(60)
    sampling = serializers.ChoiceField(choices=OwnSample.choices, required=False)
    sample_size = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    scheme = serializers.ChoiceField(choices=Scheme.choices, required=False, allow_blank=True)
    level = serializers.ChoiceField(choices=LEVELS, required=False, allow_blank=True)
    aql = Limit(7, 3)
    switches = serializers.BooleanField(required=False)
    choices: Any = ChoiceFields(many=True, required=False)
    formula = words(400)
    photo = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False, allow_blank=True)
    place = serializers.RegexField(r"^[0-9a-f]{64}@[0-9]{1,4},[0-9]{1,4}\Z", required=False, allow_blank=True)
    reaction = words(2000)

    def to_internal_value(self, data: Any) -> Any:
        told = super().to_internal_value(data)
        if "callout" in told:
            callout = told["callout"]
            told["callout"] = {**callout, "datums": [dict(one) for one in callout["datums"]]} if callout else {}
        if "choices" in told:
            told["choices"] = [dict(one) for one in told["choices"]]
        return told


class ZeroRow(Strict):
    """Lots `from` … `to` (null: without end); `n`: AQL as text → sample, or "all"."""

    to = serializers.IntegerField(min_value=1, allow_null=True)
    n = serializers.DictField(child=serializers.RegexField(r"^(all|[1-9]\d{0,5})$"))

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(min_value=1), **super().get_fields()}


class InspectionPlanHead(Strict):
    title = serializers.CharField(max_length=200, required=False)
    drawing = words(120)
    scheme = serializers.ChoiceField(choices=Scheme.choices, required=False)
    level = serializers.ChoiceField(choices=LEVELS, required=False, allow_blank=True)
    aql = Limit(7, 3)
    size = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    percent = Limit(6, 3)
    zero_table: Any = ZeroRow(many=True, required=False)
    switching = serializers.ChoiceField(choices=Switching.choices, required=False)
    skipping = serializers.ChoiceField(choices=Skipping.choices, required=False)
    skip_after, skip_most_lots, skip_most_days = whole(1), whole(1), whole(1)
    skip_one_in = whole(2)
    stock_mode = serializers.ChoiceField(choices=StockMode.choices, required=False)
    decision_rule = serializers.ChoiceField(choices=DecisionRule.choices, required=False)
    occasions = serializers.ListField(child=serializers.ChoiceField(choices=Occasion.choices), required=False)
    certificates = serializers.ListField(child=serializers.ChoiceField(choices=CertificateKind.choices), required=False)
    every_pieces = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    every_hours = serializers.IntegerField(min_value=1, max_value=8784, required=False, allow_null=True)
    reaction = words(4000)
    note = words(2000)


class CharacteriseBody(Strict):
    """All lines of the plan, in their order; a line that is left out is removed."""

    characteristics: Any = CharacteristicFields(many=True)


class InspectionPlanBody(InspectionPlanHead):
    """The scope is told as a whole, or taken from `base`."""

    site = SiteCode()
    base = Named(InspectionPlan, required=False)
    item = Named(Item, required=False)
    kind = serializers.ChoiceField(choices=InspectionKind.choices, required=False)
    revision = words(40)
    operation = words(40)
    supplier = Named(Supplier, required=False, allow_null=True)
    customer = Named(Customer, required=False, allow_null=True)
    characteristics: Any = CharacteristicFields(many=True, required=False)


class CharacteristicShown(serializers.ModelSerializer[PlanCharacteristic]):
    nominal, lower, upper, uncertainty = (Limit(), Limit(), Limit(), Limit())
    aql = Limit(7, 3)

    class Meta:
        model = PlanCharacteristic
        fields = (
            "uid", "origin", "position", "balloon", "sheet", "zone", "name", "requirement", "kind", "nominal", "lower", "upper",
            "is_basic", "is_reference", "unit", "uncertainty", "decision_rule", "callout", "importance", "is_key", "method",
            "gauge_kind", "sampling", "sample_size", "scheme", "level", "aql", "switches", "choices", "formula", "photo", "place",
            "reaction",
        )  # fmt: skip


def number(source: str) -> serializers.CharField:
    return serializers.CharField(source=f"{source}.number", default=None, allow_null=True)


class PlanShown(serializers.ModelSerializer[InspectionPlan]):
    site = serializers.CharField(source="site.code")
    item, supplier, customer = number("item"), number("supplier"), number("customer")
    base, supersedes = number("base"), number("supersedes")
    released_by = serializers.CharField(source="released_by.username", default=None, allow_null=True)
    aql, percent = Limit(7, 3), Limit(6, 3)
    characteristics: Any = CharacteristicShown(many=True)

    class Meta:
        model = InspectionPlan
        fields = (
            "number", "uid", "site", "state", "family", "edition", "base", "supersedes", "item", "part_name", "revision",
            "operation", "supplier", "customer", "kind", "title", "drawing", "scheme", "level", "aql", "size", "percent",
            "zero_table", "switching", *SKIPPING, "stock_mode", "occasions", "every_pieces", "every_hours", "certificates",
            "decision_rule", "reaction",
            "note", "sha256", "released_by", "released_at",
            "created_at", "characteristics",
        )  # fmt: skip


class GaugeNumber(serializers.CharField):
    """A gauge that the caller may see."""

    def to_internal_value(self, data: Any) -> Any:
        rows = Gauge.objects.visible_to(self.context["request"].user)
        found = rows.filter(number=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no gauge of this number."))
        return found


class FoundPoint(PlannedPoint):
    found = Measure()
    left = Measure(required=False, allow_null=True)


class CalibrationFields(Strict):
    performed_date = serializers.DateField(required=False)
    points = FoundPoint(many=True, required=False)
    standards = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=20)
    laboratory = serializers.CharField(max_length=120, required=False, allow_blank=True)
    accreditation = serializers.CharField(max_length=60, required=False, allow_blank=True)
    certificate = serializers.CharField(max_length=80, required=False, allow_blank=True)
    procedure = serializers.CharField(max_length=120, required=False, allow_blank=True)
    environment = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CalibrateBody(CalibrationFields):
    gauge = GaugeNumber()
    performed_date = serializers.DateField()
    points = FoundPoint(many=True)


class EditCalibrationBody(CalibrationFields, ReasonBody):
    pass


class JudgeBody(Strict):
    impact = serializers.ChoiceField(Impact.choices)


class CalibrationShown(serializers.ModelSerializer[Calibration]):
    site = serializers.CharField(source="site.code")
    gauge = serializers.CharField(source="gauge.number")

    class Meta:
        model = Calibration
        fields = (
            *(
                "number",
                "uid",
                "site",
                "state",
                "gauge",
                "performed_date",
                "laboratory",
                "accreditation",
                "certificate",
            ),
            *("procedure", "environment", "standards", "points", "unit", "result", "is_out", "good_date", "impact"),
            *("impact_reason", "impact_seen", "created_at"),
        )
