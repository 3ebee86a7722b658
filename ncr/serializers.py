"""What the REST interface takes and shows of NCRs and holds; codes stay codes, decimals are text."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import User
from qms.api.serializers import ReasonBody, Strict
from qms.lib.quantity import show
from qms.masterdata.models import Item, Lot, ProductionOrder

from .actions import Line
from .choices import Disposition, Effect, Severity
from .models import DefectCode, DispositionLine, Hold, Nonconformance


class Quantity(serializers.DecimalField):
    """Exact: a JSON number or text; shown without needless zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=6, **options)

    def to_representation(self, value: Any) -> str:
        return show(value)


class Named(serializers.CharField):
    """A row by the number that the caller may see; exactly one must fit."""

    def __init__(self, model: Any, field: str = "number", **options: Any) -> None:
        self.model, self.named_by = model, field
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        rows = self.model.objects.all()
        if hasattr(rows, "visible_to"):
            rows = rows.visible_to(self.context["request"].user)
        if hasattr(rows, "live"):
            rows = rows.live()
        found = list(rows.filter(**{self.named_by: text})[:2])
        if len(found) != 1:
            raise serializers.ValidationError(_one(len(found), text))
        return found[0]


def _one(count: int, name: str) -> str:
    text = _("“%(name)s” stands for several.") if count else _("“%(name)s” is not known here.")
    return text % {"name": name}


class LineBody(Strict):
    kind = serializers.ChoiceField(Disposition.choices)
    quantity = Quantity()
    instruction = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class DispositionBody(Strict):
    lines = serializers.ListField(child=LineBody(), max_length=20)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[Line]:
        return [Line(**line) for line in lines]


class HoldBody(ReasonBody):
    quantity = Quantity(required=False)
    lot = Named(Lot, required=False)
    effect = serializers.ChoiceField(Effect.choices, required=False)
    review_date = serializers.DateField(required=False)


class EditBody(Strict):
    title = serializers.CharField(required=False, max_length=200)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    affected_quantity = Quantity(required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    requirement = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    owner = Named(User, "username", required=False)
    due_date = serializers.DateField(required=False, allow_null=True)


class ReportBody(Strict):
    part = Named(Item)
    quantity = Quantity()
    defect_code = Named(DefectCode, "code")
    lot = Named(Lot, required=False)
    order = Named(ProductionOrder, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    requirement = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    occurred_at = serializers.DateTimeField(required=False)
    draft = serializers.BooleanField(required=False)


class LineShown(serializers.ModelSerializer[Any]):
    quantity = Quantity()

    class Meta:
        model = DispositionLine
        fields = ("line", "kind", "quantity", "instruction")


class NcrShown(serializers.ModelSerializer[Nonconformance]):
    site = serializers.CharField(source="site.code")
    defect_code = serializers.CharField(source="defect_code.code")
    owner = serializers.CharField(source="owner.username", default=None)
    reported_by = serializers.CharField(source="created_by.full_name")
    affected_quantity, undecided_quantity = Quantity(), Quantity()
    containment = serializers.CharField()
    lines = LineShown(many=True)
    holds: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="number")

    class Meta:
        model = Nonconformance
        fields = (
            *("number", "uid", "site", "state", "title", "severity", "defect_code", "description", "requirement"),
            *(
                "part_number",
                "part_name",
                "part_revision",
                "lot_number",
                "order_number",
                "operation_name",
                "supplier_name",
            ),
            *("affected_quantity", "undecided_quantity", "unit", "containment", "lines", "holds", "round"),
            *("origin", "source", "source_event", "detected_by", "reported_by", "owner", "due_date"),
            *("occurred_at", "received_at", "created_at", "closed_at"),
        )


class HoldShown(serializers.ModelSerializer[Hold]):
    site = serializers.CharField(source="site.code")
    ncr = serializers.CharField(source="ncr.number")
    quantity = Quantity()

    class Meta:
        model = Hold
        fields = (
            *(
                "number",
                "uid",
                "site",
                "state",
                "ncr",
                "lot_number",
                "quantity",
                "unit",
                "effect",
                "reason",
                "review_date",
            ),
            *("requested_at", "active_at", "released_at", "created_at"),
        )
