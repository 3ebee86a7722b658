"""Which lot of the ERP a provisional one is."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import actions
from ..forms.provisional import MatchForm, RefuseForm
from ..models import Nonconformance
from ..queries import provisional
from .travelers import Link


class MatchLot(Link):
    permission = "ncr.edit"
    model = Nonconformance
    form_class: Any = MatchForm
    title = submit = _("Match the provisional lot")
    done = _("The lot is matched.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"lots": provisional.lots_of(self.ncr)}

    def initial(self) -> dict[str, Any]:
        return {"lot": provisional.lots_named(self.ncr).first()}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.match_lot(ncr=self.ncr, by=self.request.user, **data)


class RefuseLot(Link):
    permission = "ncr.edit"
    model = Nonconformance
    form_class: Any = RefuseForm
    title = submit = _("There is no such lot")
    done = _("The record names no lot now.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.refuse_lot(ncr=self.ncr, by=self.request.user, **data)
