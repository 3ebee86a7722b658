"""What the REST interface takes and shows of NCRs and holds; codes stay codes, decimals are text."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import User
from qms.api.serializers import ReasonBody, Strict
from qms.commands.choices import ASK_CHOICES
from qms.commands.models import Posting
from qms.lib.quantity import show
from qms.masterdata.models import Item, Lot, ProductionOrder, Supplier

from ..actions import Line
from ..choices import Disposition, Effect, Result, Severity
from ..models import DefectCode, DispositionLine, Hold, Nonconformance, ReworkLoop


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
    """`item` for a regrade, `supplier` and `return_reference` for a return; `serials` where the pieces are known by number."""

    kind = serializers.ChoiceField(Disposition.choices)
    quantity = Quantity()
    instruction = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    item = Named(Item, required=False)
    supplier = Named(Supplier, required=False)
    return_reference = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    serials = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=1000)


class DispositionBody(Strict):
    lines = serializers.ListField(child=LineBody(), max_length=20)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[Line]:
        return [Line(**{**line, "serials": tuple(line.get("serials", ()))}) for line in lines]


class ExecuteBody(Strict):
    """`in_parts`: nothing is asked of the ERP yet; each part comes by `carry-out`."""

    in_parts = serializers.BooleanField(required=False)


class PartBody(Strict):
    """A part of a line; without a quantity all that remains, without a line the only one that is left."""

    line = serializers.IntegerField(required=False, min_value=1)
    quantity = Quantity(required=False)


class ReworkBody(PartBody):
    note = serializers.CharField(required=False, allow_blank=True, max_length=4000)


class ReinspectBody(Strict):
    """`reference`: the inspection's number, or where its results are kept."""

    line = serializers.IntegerField(required=False, min_value=1)
    result = serializers.ChoiceField(Result.choices)
    reference = serializers.CharField(max_length=80)


class EvidenceBody(Strict):
    """`file`: uid of a file that is on the record."""

    line = serializers.IntegerField(required=False, min_value=1)
    evidence = serializers.CharField(max_length=2000)
    file = serializers.UUIDField(required=False)


class CustomerBody(Strict):
    """`file`: uid of the customer's document, which is on the record."""

    reference = serializers.CharField(max_length=80)
    file = serializers.UUIDField()


class PostingBody(ReasonBody):
    """`posting`: its reference; without it the only one that the step is for."""

    posting = serializers.CharField(required=False, max_length=16)


class DocumentBody(PostingBody):
    document_number = serializers.CharField(max_length=80)


class HoldBody(ReasonBody):
    quantity = Quantity(required=False)
    lot = Named(Lot, required=False)
    effect = serializers.ChoiceField(Effect.choices, required=False)
    review_date = serializers.DateField(required=False)


class InstructBody(Strict):
    """`asked`: codes of the interfaces, every one that takes it unless told; `hold`: its number, when it is about that."""

    kind = serializers.ChoiceField(ASK_CHOICES)
    text = serializers.CharField(max_length=2000)
    valid_until = serializers.DateTimeField(required=False)
    quantity = Quantity(required=False)
    hold = Named(Hold, required=False)
    asked = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=50)


class EditBody(Strict):
    title = serializers.CharField(required=False, max_length=200)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    affected_quantity = Quantity(required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    requirement = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    owner = Named(User, "username", required=False)
    due_date = serializers.DateField(required=False, allow_null=True)
    customer_approval_required = serializers.BooleanField(required=False)
    serials = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=1000)


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


class LoopShown(serializers.ModelSerializer[Any]):
    quantity = Quantity()
    done_by = serializers.CharField(source="done_by.full_name")
    inspected_by = serializers.CharField(source="inspected_by.full_name", default=None, allow_null=True)

    class Meta:
        model = ReworkLoop
        fields = (
            *("loop", "quantity", "note", "done_by", "done_at"),
            *("result", "reference", "inspected_by", "inspected_at"),
        )


class LineShown(serializers.ModelSerializer[Any]):
    quantity, asked_quantity, done_quantity = Quantity(), Quantity(), Quantity()
    item = serializers.CharField(source="item.number", default=None, allow_null=True)
    supplier = serializers.CharField(source="supplier.number", default=None, allow_null=True)
    serials = serializers.ListField(child=serializers.CharField(), source="numbers")
    loops = LoopShown(many=True)

    class Meta:
        model = DispositionLine
        fields = (
            *("edition", "line", "kind", "quantity", "instruction", "item", "supplier", "return_reference", "serials"),
            *("asked_quantity", "done_quantity", "evidence", "evidence_at", "loops"),
        )


class PostingShown(serializers.ModelSerializer[Any]):
    """`reverses`, `reversed_by`: references; both stay visible."""

    quantity = Quantity()
    kind, from_place, to_place = serializers.CharField(), serializers.CharField(), serializers.CharField()
    unit = serializers.CharField(source="unit.number")
    lot = serializers.CharField(source="lot.number", default=None, allow_null=True)
    to_item = serializers.CharField(source="to_item.number", default=None, allow_null=True)
    reverses = serializers.CharField(source="reverses.reference", default=None, allow_null=True)
    reversed_by = serializers.CharField(source="reversed_by.reference", default=None, allow_null=True)

    class Meta:
        model = Posting
        fields = (
            *("reference", "kind", "state", "lot", "quantity", "unit", "from_place", "to_place", "to_item"),
            *("reverses", "reversed_by", "document_number", "problem", "requested_at", "sent_at", "posted_at"),
        )


class NcrShown(serializers.ModelSerializer[Nonconformance]):
    site = serializers.CharField(source="site.code")
    defect_code = serializers.CharField(source="defect_code.code")
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    reported_by = serializers.CharField(source="created_by.full_name")
    affected_quantity, undecided_quantity = Quantity(), Quantity()
    containment = serializers.CharField()
    lines = LineShown(many=True, source="current_lines")
    earlier_lines = LineShown(many=True)
    serials: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="number")
    postings = PostingShown(many=True, source="all_postings")
    holds: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="number")
    lot_is_provisional = serializers.BooleanField(source="has_provisional_lot", read_only=True)

    class Meta:
        model = Nonconformance
        fields = (
            "lot_is_provisional",
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
            *("affected_quantity", "undecided_quantity", "unit", "containment", "lines", "holds", "round", "edition"),
            *(
                "earlier_lines",
                "serials",
                "postings",
                "customer_approval_required",
                "customer_reference",
                "customer_at",
            ),
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
