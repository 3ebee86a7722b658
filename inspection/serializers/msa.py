"""Studies of measurement systems over REST."""

from rest_framework import serializers

from qms.api.serializers import ReasonBody, Strict

from ..models import MsaStudy, StudyKind
from . import GaugeNumber


class RowBody(Strict):
    """`values`: readings as numbers in text, or words for the agreement of appraisers; `reference`: of the part."""

    appraiser = serializers.CharField(max_length=80, required=False, allow_blank=True)
    part = serializers.CharField(max_length=80, required=False, allow_blank=True)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    values = serializers.ListField(child=serializers.CharField(max_length=40), min_length=1, max_length=50)


class StudyFields(Strict):
    characteristic = serializers.CharField(max_length=120, required=False)
    performed_date = serializers.DateField(required=False)
    tolerance = serializers.CharField(max_length=30, required=False, allow_blank=True)
    reference = serializers.CharField(max_length=30, required=False, allow_blank=True)
    rows = serializers.ListField(child=RowBody(), required=False, min_length=1, max_length=200)


class StudyBody(StudyFields):
    gauge = GaugeNumber()
    kind = serializers.ChoiceField(StudyKind.choices)
    characteristic = serializers.CharField(max_length=120)
    performed_date = serializers.DateField()
    rows = serializers.ListField(child=RowBody(), min_length=1, max_length=200)


class EditStudyBody(StudyFields, ReasonBody):
    pass


class StudyShown(serializers.ModelSerializer[MsaStudy]):
    site = serializers.CharField(source="site.code")
    gauge = serializers.CharField(source="gauge.number")

    class Meta:
        model = MsaStudy
        fields = (
            *(
                "number",
                "uid",
                "site",
                "state",
                "gauge",
                "kind",
                "characteristic",
                "performed_date",
                "tolerance",
                "reference",
            ),
            *("unit", "rows", "result", "grade", "percent", "is_of_tolerance", "ndc", "conclusion", "created_at"),
        )
