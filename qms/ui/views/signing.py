"""The way of a signed act on a page: the agreement once in a life, the dialog, then the act. The reader's words go along."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from qms.lib import clock
from qms.lib.errors import SignatureRefused
from qms.records.actions import Signing
from qms.signatures import actions as signatures
from qms.signatures import queries, series
from qms.signatures.choices import Meaning

from .. import show

PRIVATE = {"csrfmiddlewaretoken", "_password", "_username", "_code", "_comment", "_sign", "_agree"}


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
            try:
                asks = "_agree" not in post or not signatures.agree(user=user, given=given(self.request))
            except SignatureRefused as refusal:
                return page(status=refusal.status, agree=self.agreement(refusal))
            if asks:
                return page(agree=self.agreement())
        if "_sign" not in post:
            return page(sign=self.dialog(shown))
        self.signing = given(self.request, statement=shown["statement"], consequence=shown.get("consequence", ""))
        try:
            return perform()
        except SignatureRefused as refusal:
            return page(status=refusal.status, sign=self.dialog(shown, refusal))

    def agreement(self, problem: Any = None) -> dict[str, Any]:
        return {"wording": queries.wording(), "problem": problem, **self._who()}

    def dialog(self, shown: dict[str, Any], problem: Any = None) -> dict[str, Any]:
        meaning = shown["meaning"]
        return {
            **shown,
            "meaning": dict(Meaning.choices).get(meaning, meaning),
            "comment": self.request.POST.get("_comment", ""),
            "problem": problem,
            **self._who(),
        }

    def _who(self) -> dict[str, Any]:
        user, post = self.request.user, self.request.POST
        return {
            "asked": series.asked(user, series.place(self.request)),
            "idle": settings_minutes(),
            "username": post.get("_username", ""),
            "own_id": user.username,
            "signer": show.person(user),
            "server_time": clock.now(),
            "replay": [(n, v) for n, values in post.lists() if n not in PRIVATE for v in values],
        }


def settings_minutes() -> int:
    return int(series.idle().total_seconds() // 60)


def given(request: Any, *, statement: str = "", consequence: str = "") -> Signing:
    post = request.POST
    return Signing(
        username=post.get("_username", ""),
        password=post.get("_password", ""),
        code=post.get("_code", ""),
        sentence=statement,
        consequence=consequence,
        comment=post.get("_comment", ""),
        place=series.place(request),
    )
