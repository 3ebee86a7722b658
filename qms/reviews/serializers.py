"""What the REST interface takes and shows of reviews."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.accounts.models import Site, User
from qms.api.serializers import Strict

from .choices import Fitness, Follow, Look, Verdict
from .models import AccessLine, AccessReview, SystemReview, TrailException, TrailReview
from .queries import periodic


class SiteNamed(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = Site.objects.filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no site of this code."))
        return found


class PersonNamed(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        found = User.objects.filter(username=super().to_internal_value(data), kind=User.PERSON).first()
        if found is None:
            raise serializers.ValidationError(_("There is no account of this name."))
        return found


class PlanFields(Strict):
    title = serializers.CharField(max_length=200, required=False)
    purpose = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    from_date = serializers.DateField(required=False, allow_null=True)
    to_date = serializers.DateField(required=False, allow_null=True)
    record_types = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=100)
    numbers = serializers.ListField(child=serializers.CharField(max_length=24), required=False, max_length=100)
    looks = serializers.ListField(child=serializers.ChoiceField(Look.choices), required=False)
    owner = PersonNamed(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class PlanBody(PlanFields):
    title = serializers.CharField(max_length=200)
    site = SiteNamed()


class MarkBody(Strict):
    """`record`: the number of the nonconformance that was opened for the exception."""

    entry = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    why = serializers.CharField(max_length=2000)
    follow = serializers.ChoiceField(Follow.choices)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    record = serializers.CharField(max_length=24, required=False, allow_blank=True)


class WithdrawBody(Strict):
    entry = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class ExceptionShown(serializers.ModelSerializer[TrailException]):
    by = serializers.CharField(source="by.full_name")

    class Meta:
        model = TrailException
        fields = ("entry_id", "leaf", "about", "event", "why", "follow", "note", "record_number", "at", "by")


class TrailReviewShown(serializers.ModelSerializer[TrailReview]):
    site = serializers.CharField(source="site.code")
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    reviewer = serializers.CharField(source="reviewer.username", default=None, allow_null=True)
    exceptions = ExceptionShown(many=True, source="standing")

    class Meta:
        model = TrailReview
        fields = (
            *("number", "uid", "site", "state", "title", "purpose", "from_date", "to_date", "record_types", "numbers"),
            *("looks", "owner", "due_date", "reviewer", "started_at", "entries", "trail_size", "trail_root"),
            *("scope_digest", "reviewed_at", "exceptions", "created_at"),
        )


class AccessPlanBody(Strict):
    title = serializers.CharField(max_length=200)
    site = SiteNamed()
    every_site = serializers.BooleanField(required=False)
    owner = PersonNamed(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class DecisionBody(Strict):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    verdict = serializers.ChoiceField(Verdict.choices)
    why = serializers.CharField(max_length=500)


class DecideBody(Strict):
    lines = serializers.ListField(child=DecisionBody(), max_length=1000)

    def validate_lines(self, lines: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
        return {str(line["line"]): {"verdict": line["verdict"], "why": line["why"]} for line in lines}


class AccessLineShown(serializers.ModelSerializer[AccessLine]):
    line = serializers.IntegerField(source="pk")
    account = serializers.CharField(source="holder.username")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = AccessLine
        fields = (
            *("line", "account", "name", "what", "where", "since", "until", "given_by", "used_at"),
            *("verdict", "why", "decided_by", "decided_at"),
        )


class AccessReviewShown(serializers.ModelSerializer[AccessReview]):
    site = serializers.CharField(source="site.code")
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    lines = AccessLineShown(many=True)

    class Meta:
        model = AccessReview
        fields = (
            *("number", "uid", "site", "every_site", "state", "title", "owner", "due_date", "started_at"),
            *("reviewed_at", "lines", "created_at"),
        )


class PeriodicBody(Strict):
    title = serializers.CharField(max_length=200)
    site = SiteNamed()
    every_site = serializers.BooleanField(required=False)
    from_date = serializers.DateField()
    to_date = serializers.DateField()
    owner = PersonNamed(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class JudgeBody(Strict):
    verdict = serializers.ChoiceField(Fitness.choices)
    conclusion = serializers.CharField(max_length=5000)


class SystemReviewShown(serializers.ModelSerializer[SystemReview]):
    """`report`: what was counted when the review began (docs/records/systemreview.md); null before."""

    site = serializers.CharField(source="site.code")
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    report = serializers.SerializerMethodField()

    class Meta:
        model = SystemReview
        fields = (
            *("number", "uid", "site", "every_site", "state", "title", "from_date", "to_date", "owner", "due_date"),
            *("started_at", "trail_size", "trail_root", "report", "report_digest", "verdict", "conclusion"),
            *("reviewed_at", "created_at"),
        )

    def get_report(self, review: SystemReview) -> dict[str, Any] | None:
        return periodic.told(review) or None
