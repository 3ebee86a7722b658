"""REST of mappings: the same acts as the buttons, so that a mapping can be kept in a repository of its own and brought in by a script."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from connectors import actions
from connectors.models import Interface, Mapping
from connectors.tables import MAPPINGS as LISTING
from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Strict


class InterfaceCode(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        user = self.context["request"].user
        found = Interface.objects.visible_to(user).filter(code=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError(_("There is no interface of this code, or it is not open to you."))
        return found


class MappingVectorBody(Strict):
    name = serializers.CharField(max_length=120)
    message = serializers.CharField(max_length=100_000, help_text="The data of a message, as JSON text.")
    expect = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    fault = serializers.BooleanField(required=False)


class MappingContentBody(Strict):
    rules = serializers.DictField(help_text='{"fields": [...]}, as docs/how-to/map-messages.md describes.')
    vectors = MappingVectorBody(many=True, required=False, default=list)


class MappingDraftBody(Strict):
    interface = InterfaceCode()
    message_type = serializers.CharField(max_length=80)
    note = serializers.CharField(max_length=2000)
    rules = serializers.DictField(required=False)
    vectors = MappingVectorBody(many=True, required=False)


class MappingEditBody(MappingContentBody):
    note = serializers.CharField(max_length=2000, required=False)


class MappingShown(serializers.ModelSerializer[Mapping]):
    site = serializers.CharField(source="site.code")
    interface = serializers.CharField(source="interface.code")
    base = serializers.CharField(source="base.number", default=None, allow_null=True)

    class Meta:
        model = Mapping
        fields = (
            *("number", "uid", "site", "state", "interface", "message_type", "edition", "base", "note"),
            *("rules", "vectors", "activated_at", "created_at"),
        )


BODIES: dict[str, type[Strict]] = {"edit": MappingEditBody}
MAPPINGS = RecordApi(
    name="mappings",
    model=Mapping,
    listing=LISTING,
    detail=MappingShown,
    related=("site", "interface", "base"),
    create=Step(actions.draft, MappingDraftBody, permission="mapping.edit"),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.MAPPING_STEPS.items()},
)

urlpatterns = MAPPINGS.urls()
