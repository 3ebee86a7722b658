"""One's own account: what one has agreed to, the password, the PIN, one-time codes."""

import base64
from functools import cached_property
from typing import Any

import segno
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from qms.accounts import access, actions, codes, sessions
from qms.lib.errors import Refusal
from qms.signatures import actions as signatures
from qms.signatures import queries, series
from qms.ui.views import ActView
from qms.ui.views.signing import LEAVES, Signs, agreement_told, given, who

from .. import queries as desk
from ..forms import AgreeForm, CodeForm, EndCodesForm, EndSessionsForm, OwnPasswordForm, PinForm


@access.asks(access.SIGNED_IN)
def account(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    told = {
        "title": _("My account"),
        "agreed": queries.agreed(user),
        "device": user.code_device,
        "going_on": series.is_open(user, series.place(request)),
        "minutes": int(series.idle().total_seconds() // 60),
    }
    return render(request, "office/account.html", told)


class Own(ActView):
    """What everybody does with their own account."""

    permission = access.SIGNED_IN
    back = "office:account"

    def allowed(self) -> None:
        """Everybody, for themself."""


class OwnPassword(Own):
    form_class = OwnPasswordForm
    title = _("Choose your password")
    submit = _("Set the password")
    done = _("Your password is set.")
    help_template = "office/_own_password_help.html"
    template_name = "office/own_password.html"
    back = ""

    def perform(self, data: dict[str, Any]) -> str:
        user = actions.choose_password(user=self.request.user, current=data["current"], password=data["password"])
        update_session_auth_hash(self.request, user)
        return reverse("home")


class OwnPin(Own):
    form_class = PinForm
    title = _("Choose your PIN")
    submit = _("Set the PIN")
    done = _("Your PIN is set. It counts together with your badge.")
    help_template = "office/_own_pin_help.html"
    back = ""

    def perform(self, data: dict[str, Any]) -> str:
        actions.choose_pin(user=self.request.user, current=data["current"], pin=data["pin"])
        return reverse("home")


class Sessions(Own):
    """Where one is logged in now, and the end of whichever one does not know."""

    form_class = EndSessionsForm
    title = _("Where you are logged in")
    submit = _("End them")
    done = _("Those sessions are ended.")
    help_template = "office/_sessions_help.html"
    template_name = "office/sessions.html"

    @cached_property
    def open(self) -> list[sessions.Open]:
        return sessions.of(self.request.user, self.request.session.session_key or "")

    def form_kwargs(self) -> dict[str, Any]:
        return {"sessions": self.open, "has_password": self.request.user.has_usable_password()}

    def more(self) -> dict[str, Any]:
        here = next((one for one in self.open if one.is_here), None)
        return {"here": here and desk.session_words(here), "others": len(self.open) - bool(here)}

    def perform(self, data: dict[str, Any]) -> str:
        actions.end_sessions(
            user=self.request.user,
            marks=data["marks"],
            here=self.request.session.session_key or "",
            current=data.get("current", ""),
            is_fresh=sessions.is_fresh(self.request),
        )
        return reverse("office:sessions")


class Agree(Own, Signs):
    """The text, signed once; without it nobody signs anything."""

    form_class = AgreeForm
    title = _("Electronic signatures")
    submit = _("I agree and sign")
    done = _("You have agreed. From now on you can sign.")
    template_name = "office/agree.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"asked": series.asked(self.request.user, series.place(self.request))}

    def more(self) -> dict[str, Any]:
        user = self.request.user
        return {"wording": queries.wording(), "agreed": queries.agreed(user), "who": who(self.request)}

    def perform(self, data: dict[str, Any]) -> str:
        signatures.agree(user=self.request.user, given=given(self.request, agreement_told()))
        return reverse("office:account")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        leaves = request.POST.get("_step_up") == LEAVES
        return self.leave(agreement_told()) if leaves else super().post(request, **kwargs)


class EnrolCodes(Own):
    """A picture for the app; a code made from it proves that it arrived."""

    form_class = CodeForm
    title = _("Enrol one-time codes")
    submit = _("Enrol")
    done = _("One-time codes are enrolled: login and the first signature ask for one.")
    template_name = "office/enrol_codes.html"
    help_template = "office/_codes_help.html"

    def initial(self) -> dict[str, Any]:
        return {"pending": actions.begin_codes(user=self.request.user)}

    def perform(self, data: dict[str, Any]) -> str:
        actions.enrol_codes(user=self.request.user, **data)
        return reverse("office:account")

    def page(self, form: Any, sets: dict[str, Any], *, status: int = 200, **extra: Any) -> HttpResponse:
        user, pending = self.request.user, form["pending"].value() or ""
        try:
            key = codes.opened(user, pending)
        except Refusal:  # expired, or not ours: a new one, and the reader scans again
            form = self.form_class(initial=self.initial())
            key = codes.opened(user, form["pending"].value())
        secret = base64.b32encode(key).decode().rstrip("=")
        words = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return super().page(form, sets, status=status, picture=picture(codes.address(user, key)), secret=words, **extra)


def picture(address: str) -> SafeString:
    drawn = segno.make(address, micro=False).svg_inline(
        scale=5, border=3, light="#fff", svgclass="q-code", title=str(_("QR code"))
    )
    return mark_safe(drawn)  # noqa: S308  # drawn by the package from an address of our own


class EndOwnCodes(Own):
    form_class = EndCodesForm
    title = submit = _("End one-time codes")
    done = _("One-time codes are ended: the password is enough again.")
    help_template = "office/_codes_help.html"

    def perform(self, data: dict[str, Any]) -> str:
        actions.end_own_codes(user=self.request.user, current=data["current"])
        return reverse("office:account")
