from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site
from qms.api.serializers import Strict

from .models import Matrix


class SiteCode(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such site."))
        return found


class MatrixRow(Strict):
    object = serializers.CharField(max_length=40)
    field: Any = serializers.CharField(max_length=40)
    owner = serializers.CharField(max_length=3)
    otherwise = serializers.CharField(max_length=8)


class MatrixDraftBody(Strict):
    site = SiteCode()
    note = serializers.CharField(max_length=2000)
    rows = MatrixRow(many=True, required=False)


class MatrixEditBody(Strict):
    rows = MatrixRow(many=True)
    note = serializers.CharField(max_length=2000, required=False)


class MatrixShown(serializers.ModelSerializer[Matrix]):
    site = serializers.CharField(source="site.code")
    base = serializers.CharField(source="base.number", default=None, allow_null=True)

    class Meta:
        model = Matrix
        fields = ("number", "uid", "site", "state", "edition", "base", "note", "rows", "activated_at", "created_at")
