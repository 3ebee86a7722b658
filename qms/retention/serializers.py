"""What the REST interface takes and shows of legal holds and disposals."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site
from qms.api.serializers import ReasonBody, Strict

from .models import Disposal, LegalHold


class SiteOf(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


def numbers(**options: Any) -> Any:
    return serializers.ListField(child=serializers.CharField(max_length=24), max_length=5000, **options)


class PlaceBody(ReasonBody):
    site = SiteOf()
    numbers = numbers(required=False)
    record_types = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=100)
    from_date = serializers.DateField(required=False, allow_null=True)
    to_date = serializers.DateField(required=False, allow_null=True)


class ExtendBody(Strict):
    numbers = numbers()


class DraftBody(ReasonBody):
    site = SiteOf()
    numbers = numbers()


class LegalHoldShown(serializers.ModelSerializer[LegalHold]):
    site = serializers.CharField(source="site.code")
    records = serializers.SerializerMethodField()

    class Meta:
        model = LegalHold
        fields = ("number", "uid", "site", "state", "reason", "placed_at", "lifted_at", "records", "created_at")

    def get_records(self, hold: LegalHold) -> list[str]:
        return list(hold.lines().values_list("number", flat=True))


class DisposalShown(serializers.ModelSerializer[Disposal]):
    site = serializers.CharField(source="site.code")
    proposed_by = serializers.CharField(source="proposed_by.username", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)

    class Meta:
        model = Disposal
        fields = ("number", "uid", "site", "state", "reason", "numbers", "proposed_by", "approved_by", "created_at")
