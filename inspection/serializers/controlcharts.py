"""What the REST interface takes and shows of control charts and their signals."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.api.serializers import ReasonBody, Strict
from qms.masterdata.models import Item

from ..calc.spc.rules import RULES
from ..choices import ChartSource, ControlKind
from ..models import ControlChart, Series
from . import Named, SiteCode


class SeriesId(serializers.UUIDField):
    """A measured characteristic that the caller may see."""

    def to_internal_value(self, data: Any) -> Any:
        rows = Series.objects.visible_to(self.context["request"].user).select_related("item", "site")
        found = rows.filter(uid=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no measured characteristic of this id."))
        return found


class Judging(Strict):
    rules = serializers.ListField(child=serializers.ChoiceField(choices=list(RULES)), required=False)
    weight = serializers.DecimalField(max_digits=5, decimal_places=3, required=False)
    width = serializers.DecimalField(max_digits=5, decimal_places=3, required=False)
    allowance = serializers.DecimalField(max_digits=5, decimal_places=3, required=False)
    interval = serializers.DecimalField(max_digits=5, decimal_places=3, required=False)
    reaction = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class OpenBody(Judging):
    """`series` for measurements; else `site`, `item` and `characteristic`."""

    source = serializers.ChoiceField(choices=ChartSource.choices)  # type: ignore[assignment]  # fields are no attributes
    kind = serializers.ChoiceField(choices=ControlKind.choices)
    size = serializers.IntegerField(min_value=1, max_value=25, required=False)
    rules = serializers.ListField(child=serializers.ChoiceField(choices=list(RULES)))
    series = SeriesId(required=False)
    site = SiteCode(required=False)
    item = Named(Item, required=False)
    characteristic = serializers.CharField(max_length=120, required=False, allow_blank=True)


class EditChartBody(Judging, ReasonBody):
    pass


class LeftOutPoint(Strict):
    place = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=2000)


class FreezeBody(Strict):
    first = serializers.IntegerField(min_value=1)
    last = serializers.IntegerField(min_value=2)
    excluded: Any = LeftOutPoint(many=True, required=False)


class CloseBody(ReasonBody):
    cause = serializers.CharField(max_length=4000)
    reaction = serializers.CharField(max_length=4000)
    also = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=200,
        help_text="Other open signals of the same chart that have the same cause.",
    )  # fmt: skip


class ChartShown(serializers.ModelSerializer[ControlChart]):
    site = serializers.CharField(source="site.code")
    owner = serializers.CharField(source="owner.username")
    series = serializers.CharField(source="series.uid", default=None, allow_null=True)
    item = serializers.CharField(source="item.number", default=None, allow_null=True)

    class Meta:
        model = ControlChart
        fields = (
            "number", "uid", "site", "state", "source", "series", "item", "part", "characteristic", "unit", "kind", "size",
            "rules", "weight", "width", "allowance", "interval", "reaction", "owner", "limits_number", "figures", "stretch",
            "limits_reason", "created_at",
        )  # fmt: skip
