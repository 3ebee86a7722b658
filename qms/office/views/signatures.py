"""The signer takes one signature back."""

from functools import cached_property, partial
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.errors import Conflict
from qms.records import actions, queries
from qms.signatures.actions import WITHDRAWN
from qms.signatures.models import Signature
from qms.ui.views import ActView, Signs

from ..forms import ReasonForm


class Withdraw(ActView, Signs):
    """Anybody else's signature is not there: nobody withdraws for another."""

    permission = access.SIGNED_IN
    form_class = ReasonForm
    title = gettext_lazy("Withdraw my signature")
    submit = gettext_lazy("Withdraw")
    done = gettext_lazy("The signature is withdrawn.")
    help_template = "office/_withdraw_help.html"

    @cached_property
    def record(self) -> Any:
        if (record := queries.by_number(self.kwargs["number"], self.request.user)) is None:
            raise Http404
        return record

    @cached_property
    def signature(self) -> Signature:
        mine = Signature.objects.on(self.record).filter(uid=self.kwargs["uid"], signer=self.request.user).first()
        if mine is None:
            raise Http404
        return mine

    def allowed(self) -> None:
        if why := queries.keeps(self.record, self.signature):
            raise Conflict(_("This signature cannot be withdrawn."), hint=why)

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        shown = {
            "title": self.title,
            "record": self.record,
            "statement": _("I withdraw my signature: %(sentence)s") % {"sentence": self.signature.sentence},
            "meaning": WITHDRAWN,
            "consequence": _("It stays on the record, struck through, and does not count any more."),
        }
        page = partial(self.page, form, sets)
        return self.signed(shown, page=page, perform=lambda: self.finish(self.perform(data)))

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.withdraw_signature(
            record=self.record,
            signature=self.signature,
            reason=data["reason"],
            by=self.request.user,
            signing=self.signing,
        )

    def more(self) -> dict[str, Any]:
        return {"intro": f"{self.record.number} · {self.signature.get_meaning_display()} · {self.signature.when}"}

    def back_url(self) -> str:
        return str(self.record.get_absolute_url())
