"""What the REST interface takes and shows of qualifications."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site, User
from qms.api.serializers import Strict
from qms.signatures import qualified

from . import queries
from .models import Qualification


class SiteCode(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


class UserId(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = User.objects.filter(username=super().to_internal_value(data), kind=User.PERSON).first()
        if found is None:
            raise serializers.ValidationError(_("There is no account of this name."))
        return found


class QualifyBody(Strict):
    site = SiteCode()
    person = UserId()
    meanings = serializers.ListField(
        child=serializers.ChoiceField(qualified.MEANINGS), min_length=1, max_length=len(qualified.MEANINGS)
    )
    basis = serializers.CharField(max_length=2000)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_to = serializers.DateField()


class QualificationShown(serializers.ModelSerializer[Qualification]):
    """`standing`: current, soon (ends within 30 days), expired, coming or ended, today."""

    site = serializers.CharField(source="site.code")
    person = serializers.CharField(source="person.username")
    recorded_by = serializers.CharField(source="created_by.username")
    meanings = serializers.ListField(child=serializers.CharField())
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Qualification
        fields = (
            *("number", "uid", "site", "state", "person", "meanings", "basis", "valid_from", "valid_to", "standing"),
            *("ended_at", "recorded_by", "created_at"),
        )

    def get_standing(self, row: Qualification) -> str:
        return queries.standing(row)
