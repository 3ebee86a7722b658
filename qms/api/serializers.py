from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class Strict(serializers.Serializer[Any]):
    """A field that we do not know is refused: a misspelt one would otherwise be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            known = ", ".join(self.fields)
            text = _("This field is not known here. Known: %(fields)s.") % {"fields": known or "–"}
            raise serializers.ValidationError({str(name): [text] for name in unknown})
        return super().to_internal_value(data)


class SignatureBody(Strict):
    """Re-authentication of a person (21 CFR 11.200): the password each time; user id, and one-time code where enrolled, at the first of a
    continuous session."""

    username = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    code = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)
    password = serializers.CharField(max_length=400, trim_whitespace=False)
    comment = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class NoBody(Strict):
    """A step that asks nothing."""


class ReasonBody(Strict):
    reason = serializers.CharField(max_length=2000)


class AnswerItem(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    detail = serializers.CharField()
    hint = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457, for the schema only."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    hint = serializers.CharField(required=False)
    errors: Any = AnswerItem(many=True, required=False)
    request = serializers.CharField(required=False)
