"""Which lot of the ERP a provisional one is."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qms.api.serializers import ReasonBody

from ..queries import provisional


class MatchLotBody(ReasonBody):
    """`lot`: its number; `lot_key`: the ERP's key of it, where several lots of the part bear the number."""

    lot = serializers.CharField(max_length=120)
    lot_key = serializers.CharField(max_length=80, required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        rows = provisional.lots_of(self.context["ncr"]).filter(number=data["lot"])
        if key := data.pop("lot_key", None):
            rows = rows.filter(external_id=key)
        found = list(rows[:2])
        if len(found) != 1:
            raise serializers.ValidationError({"lot": _("Exactly one lot of this part must have this number.")})
        return {**data, "lot": found[0]}
