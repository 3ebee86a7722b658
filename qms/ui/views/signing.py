"""The way of a signed act on a page: the agreement once in a life, the dialog, then the act. The reader's words go along.

Whoever has no password here goes to the identity provider in between; the words wait (`qms.signatures.step_up`).
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts.access import SIGNED_IN
from qms.lib import clock
from qms.lib.errors import Missing, SignatureRefused
from qms.records.actions import Signing
from qms.signatures import actions as signatures
from qms.signatures import agreement, queries, series, step_up
from qms.signatures.choices import Meaning

from .. import show

PRIVATE = {"csrfmiddlewaretoken", "_password", "_username", "_code", "_comment", "_sign", "_agree", "_step_up"}
TURNED = "turned"  # in the session: why the identity provider's answer was not believed
MEANINGS = {**dict(Meaning.choices), signatures.WITHDRAWN: gettext_lazy("Withdrawn")}
LEAVES = "begin"  # value of _step_up that leads to the identity provider


class Signs:
    """For a view of an act. `shown`: what the dialog says of it (statement, meaning, consequence, quantities, record or rows);
    `page`: the page behind the dialog, which takes it as `agree` or `sign`."""

    request: Any
    signing: Signing | None = None

    def signed(
        self, shown: dict[str, Any], *, page: Callable[..., HttpResponse], perform: Callable[[], HttpResponse]
    ) -> HttpResponse:
        post, user = self.request.POST, self.request.user
        if not queries.agreed(user):
            about = agreement_told()
            if post.get("_step_up") == LEAVES:
                return self.leave(about)
            try:
                asks = "_agree" not in post or not signatures.agree(user=user, given=given(self.request, about))
            except SignatureRefused as refusal:
                return page(status=refusal.status, agree=self.agreement(refusal))
            if asks:
                return page(agree=self.agreement())
        elif post.get("_step_up") == LEAVES:
            return self.leave(shown)
        if "_sign" not in post:
            return page(sign=self.dialog(shown))
        self.signing = given(self.request, shown)
        try:
            return perform()
        except SignatureRefused as refusal:
            return page(status=refusal.status, sign=self.dialog(shown, refusal))

    def leave(self, shown: dict[str, Any]) -> HttpResponse:
        """To the identity provider; what was entered and what is about to be signed wait."""
        request = self.request
        row = step_up.begin(
            by=request.user,
            place=series.place(request),
            username=request.POST.get("_username", ""),
            number=number_of(shown),
            meaning=str(shown["meaning"]),
            bound=bound(request, shown),
            path=request.get_full_path(),
            entered=replayed(request),
            shown={**plain(shown), "comment": request.POST.get("_comment", "")},
        )
        return HttpResponseRedirect(reverse("identity:step-up", args=[row.uid]))

    def agreement(self, problem: Any = None) -> dict[str, Any]:
        return {"wording": queries.wording(), "problem": problem, **self._who()}

    def dialog(self, shown: dict[str, Any], problem: Any = None) -> dict[str, Any]:
        meaning = shown["meaning"]
        return {
            **shown,
            "meaning": MEANINGS.get(meaning, meaning),
            "comment": self.request.POST.get("_comment", ""),
            "problem": problem,
            **self._who(),
        }

    def _who(self) -> dict[str, Any]:
        return {**who(self.request), "replay": replayed(self.request)}


def settings_minutes() -> int:
    return int(series.idle().total_seconds() // 60)


def who(request: Any) -> dict[str, Any]:
    """What a dialog says of the signer, and what it asks them for."""
    user = request.user
    return {
        "asked": series.asked(user, series.place(request)),
        "provider": user.identity.provider if user.signs_by_provider else None,
        "idle": settings_minutes(),
        "username": request.POST.get("_username", ""),
        "own_id": user.username,
        "signer": show.person(user),
        "server_time": clock.now(),
    }


def replayed(request: Any) -> list[list[str]]:
    return [[name, value] for name, values in request.POST.lists() if name not in PRIVATE for value in values]


def given(request: Any, shown: dict[str, Any]) -> Signing:
    post = request.POST
    return Signing(
        username=post.get("_username", ""),
        password=post.get("_password", ""),
        code=post.get("_code", ""),
        sentence=shown["statement"],
        consequence=shown.get("consequence", ""),
        comment=post.get("_comment", ""),
        place=series.place(request),
        step_up=post.get("_step_up", ""),
        bound=bound(request, shown) if "_step_up" in post else "",
        version=version_of(shown),
    )


def agreement_told() -> dict[str, Any]:
    """The agreement as something that is signed."""
    wording = queries.wording()
    return {"statement": wording.title, "meaning": Meaning.AGREED.value, "number": agreement.number(wording)}


def number_of(shown: dict[str, Any]) -> str:
    record = shown.get("record")
    return str(record.number if record else shown.get("number", shown["statement"]))[:24]


def version_of(shown: dict[str, Any]) -> int | None:
    return getattr(shown.get("record"), "version", None)


def bound(request: Any, shown: dict[str, Any]) -> str:
    """Digest of what is about to be signed, with every word that was entered."""
    return step_up.digest(
        number=number_of(shown),
        version=version_of(shown),
        meaning=str(shown["meaning"]),
        sentence=str(shown["statement"]),
        entered=replayed(request),
        path=request.get_full_path(),
    )


def plain(shown: dict[str, Any]) -> dict[str, Any]:
    """What the dialog shows, as text that can wait."""
    record = shown.get("record")
    return {
        "title": str(shown.get("title", "")),
        "record": {"number": record.number, "version": record.version} if record else None,
        "statement": str(shown["statement"]),
        "rows": [{name: str(value) for name, value in row.items()} for row in shown.get("rows", ())],
        "quantities": [[str(label), str(value)] for label, value in shown.get("quantities", ())],
        "consequence": str(shown.get("consequence", "")),
        "meaning": str(shown["meaning"]),
    }


class Returned(View):
    """Back from the identity provider: the same dialog, with everything that was entered; or why it has to be tried again."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: Any, uid: Any) -> HttpResponse:
        row = step_up.waiting(by=request.user, place=series.place(request), uid=uid)
        if row is None:
            raise Missing(
                _("This signing does not wait any more."), hint=_("Open the record and take the step once more.")
            )
        meaning = row.shown["meaning"]
        told = {
            **row.shown,
            **who(request),
            "meaning": MEANINGS.get(meaning, meaning),
            "path": row.path,
            "replay": row.entered,
            "step_up": row if step_up.is_proved(row) else None,
            "again": row,
            "problem": request.session.pop(TURNED, None),
            "wording": queries.wording(),
        }
        name = "agree" if meaning == Meaning.AGREED else "sign"
        return render(request, "ui/step_up.html", {"title": _("Sign"), name: told})
