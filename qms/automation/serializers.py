"""What the REST interface takes and shows of rules and cases; decimals are text, dates ISO."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ncr.choices import Severity
from ncr.models import DefectCode
from qms.accounts.models import Site
from qms.api.serializers import Strict
from qms.lib.quantity import show

from .choices import Does, Hears, Key, Mode
from .models import Case, Rule


class RuleSite(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


class RuleDefect(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = DefectCode.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no defect code of this name."))
        return found


class Most(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=20,
            decimal_places=6,
            min_value=0,
            allow_null=True,
            required=False,
            coerce_to_string=True,
            **options,
        )

    def to_representation(self, value: Any) -> str:
        return show(value)


def words(most: int = 120) -> Any:
    return serializers.CharField(max_length=most, required=False, allow_blank=True)


class RuleFields(Strict):
    title = serializers.CharField(max_length=200, required=False)
    note = serializers.CharField(max_length=2000, required=False)
    expires_on = serializers.DateField(required=False)
    hears = serializers.ChoiceField(choices=Hears.choices, required=False)
    does = serializers.ChoiceField(choices=Does.choices, required=False)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    source = words(80)
    part = words()
    family = words()
    watched = words()
    work_center = words()
    severity = serializers.ChoiceField(choices=Severity.choices, required=False, allow_blank=True)
    defect_code = RuleDefect(max_length=80, required=False, allow_null=True)
    group_by = serializers.ListField(child=serializers.ChoiceField(choices=Key.choices), required=False, max_length=5)
    window_minutes = serializers.IntegerField(min_value=1, max_value=10080, required=False)
    least_hits = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    burst_per_hour = serializers.IntegerField(min_value=1, max_value=10000, required=False)
    acts_per_hour = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    quantity_per_hour = Most()
    value_per_hour = Most()


class RuleBody(RuleFields):
    site = RuleSite()
    code = serializers.RegexField(r"^[A-Z0-9-]{2,40}\Z")
    title = serializers.CharField(max_length=200)
    note = serializers.CharField(max_length=2000)
    expires_on = serializers.DateField()
    hears = serializers.ChoiceField(choices=Hears.choices)
    does = serializers.ChoiceField(choices=Does.choices)


class TryBody(Strict):
    days = serializers.IntegerField(min_value=1, max_value=400, required=False, default=30)


class RuleShown(serializers.ModelSerializer[Rule]):
    site = serializers.CharField(source="site.code")
    owner = serializers.CharField(source="owner.username")
    defect_code = serializers.CharField(source="defect_code.code", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    approved_too_by = serializers.CharField(source="approved_too_by.username", default=None, allow_null=True)
    quantity_per_hour = Most()
    value_per_hour = Most()

    class Meta:
        model = Rule
        fields = (
            "number", "uid", "site", "state", "code", "edition", "title", "note", "owner", "expires_on", "hears", "does",
            "mode", "source", "part", "family", "watched", "work_center", "severity", "defect_code", "group_by",
            "window_minutes", "least_hits", "burst_per_hour", "acts_per_hour", "quantity_per_hour", "value_per_hour",
            "approved_by", "approved_too_by", "activated_at", "created_at",
        )  # fmt: skip


class CaseShown(serializers.ModelSerializer[Case]):
    site = serializers.CharField(source="site.code")
    rule = serializers.CharField(source="rule.number")
    ncr = serializers.CharField(source="ncr.number", default=None, allow_null=True)
    quantity = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields = (
            "number", "uid", "site", "state", "rule", "source", "part", "lot", "order", "operation", "work_center", "code",
            "hits", "quantity", "unit", "first_at", "last_at", "why", "told", "ncr", "created_at",
        )  # fmt: skip

    def get_quantity(self, case: Case) -> str:
        return show(case.quantity)
