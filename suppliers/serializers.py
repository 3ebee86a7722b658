"""What the REST interface takes and shows of supplier blocks."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ncr.models import Nonconformance
from qms.accounts.models import Site
from qms.api.serializers import Strict
from qms.masterdata.models import Item, Supplier

from .models import SupplierBlock


class SiteCode(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


class Numbered(serializers.CharField):
    """A row by its number, among those that the caller may see."""

    def __init__(self, rows: Any, **options: Any) -> None:
        super().__init__(max_length=120, **options)
        self.rows = rows

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        found = list(self.rows(self.context["request"].user).filter(number=number)[:2])
        if not found:
            raise serializers.ValidationError(_("%(number)s is not known.") % {"number": number})
        if len(found) > 1:
            raise serializers.ValidationError(_("%(number)s stands for more than one.") % {"number": number})
        return found[0]


class ProposeBody(Strict):
    site = SiteCode()
    supplier = Numbered(lambda user: Supplier.objects.visible_to(user).live())
    item = Numbered(lambda user: Item.objects.visible_to(user).live(), required=False, allow_null=True)
    ncr = Numbered(Nonconformance.objects.visible_to, required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)


class AnswerBody(Strict):
    order = serializers.CharField(max_length=120)
    answer = serializers.CharField(max_length=1000)


class SupplierBlockShown(serializers.ModelSerializer[SupplierBlock]):
    """`level`: enforced, advisory or none, as the ERP keeps to it; `orders`: those that went there all the same."""

    site = serializers.CharField(source="site.code")
    supplier = serializers.CharField(source="supplier.number")
    item = serializers.CharField(source="item.number", default=None, allow_null=True)
    ncr = serializers.CharField(source="ncr.number", default=None, allow_null=True)
    owner = serializers.CharField(source="owner.username")
    blocked_by = serializers.CharField(source="blocked_by.username", default=None, allow_null=True)
    lifted_by = serializers.CharField(source="lifted_by.username", default=None, allow_null=True)
    level = serializers.CharField()
    orders = serializers.SerializerMethodField()

    class Meta:
        model = SupplierBlock
        fields = (
            *("number", "uid", "site", "state", "supplier", "item", "ncr", "reason", "owner", "by_two", "level"),
            *("blocked_at", "blocked_by", "lifted_at", "lifted_by", "orders", "created_at"),
        )

    def get_orders(self, row: SupplierBlock) -> list[dict[str, Any]]:
        seen = row.orders.select_related("order")
        return [{"order": one.order.number, "seen_at": one.seen_at, "answer": one.answer} for one in seen]
