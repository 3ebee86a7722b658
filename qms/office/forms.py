"""Is the input well formed? Nothing here saves."""

import ipaddress
import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qms.accounts.actions import TOKEN_LIFE
from qms.accounts.models import Site, User
from qms.accounts.roles import ROLES, SCOPE_WORDS
from qms.lib.clock import now
from qms.signatures import qualified
from qms.ui.widgets import Day, offer

from . import queries
from .models import ALWAYS, Digest, Kind

EVERY = "*"
CODE = forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"})


def zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones())]


class Secret(forms.CharField):
    """A password field that the browser neither fills nor shows again."""

    def __init__(self, *, autocomplete: str = "new-password", **options: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": autocomplete})
        super().__init__(strip=False, max_length=128, widget=widget, **options)


class Why(forms.CharField):
    def __init__(self, **options: Any) -> None:
        options = {"label": _("Reason"), "max_length": 2000, "widget": forms.Textarea({"rows": 3}), **options}
        super().__init__(**options)


class ReasonForm(forms.Form):
    reason = Why()


class NightlyForm(forms.Form):
    is_on = forms.BooleanField(label=_("Verify every night"), required=False)
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    reason = Why()


class PersonForm(forms.Form):
    username = forms.CharField(
        label=_("User id"), max_length=60, help_text=_("Never changed and never used for anybody else.")
    )
    full_name = forms.CharField(
        label=_("Printed name"), max_length=120, help_text=_("As it stands beside signatures and in the trail.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    password = Secret(label=_("One-time password"), help_text=_("At least 15 characters; replaced at the first login."))
    identity = Why(
        label=_("How the identity was checked"),
        help_text=_("For example: “badge and passport seen by P. Lang”. No numbers of documents."),
    )


class PasswordForm(forms.Form):
    password = Secret(label=_("One-time password"), help_text=_("At least 15 characters; replaced at the next login."))
    reason = Why()


def _same(form: forms.Form, name: str) -> dict[str, Any]:
    data = form.cleaned_data
    if data.get(name) and data.get("again") and data[name] != data["again"]:
        form.add_error("again", _("The two entries differ."))
    return data


class OwnPasswordForm(forms.Form):
    current = Secret(label=_("Password of today"), autocomplete="current-password")
    password = Secret(label=_("New password"), help_text=_("At least 15 characters; several words are best."))
    again = Secret(label=_("New password again"))

    def clean(self) -> dict[str, Any]:
        return _same(self, "password")


class BadgeForm(forms.Form):
    number = forms.CharField(
        label=_("Badge number"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "data-scan": ""}),
        help_text=_("Hold the badge to the scanner. A number belongs to one person for ever."),
    )
    reason = Why()


class PinForm(forms.Form):
    current = Secret(label=_("Password"), autocomplete="current-password")
    pin = Secret(label=_("New PIN"), help_text=_("6 to 12 digits, for the floor together with your badge."))
    again = Secret(label=_("New PIN again"))

    def clean(self) -> dict[str, Any]:
        return _same(self, "pin")


class AgreeForm(forms.Form):
    """Named like the fields of the dialog, whose way this is without one."""

    _username = forms.CharField(label=_("User id"), max_length=60)
    _password = Secret(label=_("Password"), autocomplete="current-password")
    _code = forms.CharField(label=_("One-time code"), max_length=12, widget=CODE)

    def __init__(self, *args: Any, asked: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, is_asked in (
            ("_username", asked.username and not asked.step_up),
            ("_password", asked.password),
            ("_code", asked.code),
        ):
            if not is_asked:
                del self.fields[name]


class CodeForm(forms.Form):
    pending = forms.CharField(widget=forms.HiddenInput, max_length=2000)
    code = forms.CharField(label=_("Code that the app shows now"), max_length=12, widget=CODE)
    current = Secret(label=_("Password"), autocomplete="current-password")


class EndCodesForm(forms.Form):
    current = Secret(label=_("Password"), autocomplete="current-password")


class EndSessionsForm(forms.Form):
    """This very session is not offered: one ends it by logging out."""

    marks = forms.MultipleChoiceField(label=_("End these sessions"), widget=forms.CheckboxSelectMultiple)
    current = Secret(label=_("Password"), autocomplete="current-password", required=False)

    def __init__(self, *args: Any, sessions: Any, has_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "marks", [(one.mark, queries.session_words(one)) for one in sessions if not one.is_here])
        if not has_password:
            del self.fields["current"]


class EndAccessForm(ReasonForm):
    field_order = ("with_roles", "reason")
    with_roles = forms.BooleanField(
        label=_("End every role as well"), required=False, help_text=_("For whoever changes to other duties.")
    )


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=[("", "—"), *ROLES.items()])
    site = forms.ChoiceField(label=_("Site"))
    since = forms.DateField(label=_("First day"), widget=Day)
    until = forms.DateField(label=_("Last day"), required=False, widget=Day, help_text=_("Empty: until it is ended."))
    reason = Why(required=False)

    def __init__(self, *args: Any, manager: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites, every = queries.places(manager)
        self.places = {site.code: site for site in sites}
        choices = [(EVERY, _("All sites"))] if every else []
        offer(self, "site", [("", "—"), *((s.code, f"{s.code} {s.name}") for s in sites), *choices])

    def clean_site(self) -> Site | None:
        return self.places.get(self.cleaned_data["site"])


class SigningRuleForm(ReasonForm):
    field_order = (
        "refuses_fresh_role", "refuses_fresh_access", "supplier_block_by_two", "qualified_meanings", "reason",
    )  # fmt: skip
    refuses_fresh_role = forms.BooleanField(
        label=_("Refuse a signature within 24 hours of its role being granted"),
        required=False,
        help_text=_("Off: the signature says since when and by whom."),
    )
    refuses_fresh_access = forms.BooleanField(
        label=_("Refuse a signature within 24 hours of a one-time password, or of being bound to an identity provider"),
        required=False,
        help_text=_("Off: the signature says so."),
    )
    supplier_block_by_two = forms.BooleanField(
        label=_("A supplier block takes two persons: who proposes it, or its end, does not sign it"),
        required=False,
        help_text=_("Off: whoever holds the right may propose and sign. Counts for blocks proposed from now on."),
    )
    qualified_meanings = forms.MultipleChoiceField(
        label=_("Signatures that ask for a current qualification of the signer"),
        required=False,
        choices=qualified.MEANINGS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: qualifications are recorded and watched, and no signature waits for one."),
    )


class CompartmentForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9._-]*$",
        label=_("Code"),
        max_length=40,
        help_text=_(
            "For example ITAR-PUMP; never changed afterwards, and seen only by whoever manages or may enter it."
        ),
        error_messages={"invalid": _("Use capital letters, digits, hyphens and dots.")},
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    reason = Why()


class AdmitForm(forms.Form):
    person = forms.CharField(label=_("User id"), max_length=60)
    reason = Why(help_text=_("For example the authorisation, and until when it counts."))


class EncloseForm(forms.Form):
    compartment = forms.ChoiceField(label=_("Export compartment"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = Why()

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {row.code: row for row in rows}
        offer(self, "compartment", [("", _("None")), *((row.code, f"{row.code} {row.name}") for row in rows)])

    def clean_compartment(self) -> Any:
        return self.places.get(self.cleaned_data["compartment"])


class SiteForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=16, help_text=_("Short, in capital letters; never changed afterwards.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=80, required=False)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)


class ServiceForm(forms.Form):
    username = forms.CharField(label=_("User id"), max_length=60, help_text=_("For example svc-mes."))
    full_name = forms.CharField(label=_("Name"), max_length=120)
    purpose = Why(label=_("What it is for, and who answers for it"))


class TokenForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=list(SCOPE_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )
    sites = forms.MultipleChoiceField(label=_("Sites"), required=False, widget=forms.CheckboxSelectMultiple)
    source = forms.CharField(
        label=_("Source system"),
        max_length=40,
        required=False,
        help_text=_("The name under which its messages are kept, for example mes-aug."),
    )
    expires = forms.DateField(label=_("Last day"), widget=Day, help_text=_("At most one year from today."))
    addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        max_length=2000,
        help_text=_("Addresses or networks, separated by spaces; empty: from everywhere."),
    )

    def __init__(self, *args: Any, manager: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites, every = queries.places(manager)
        self.places = {site.code: site for site in sites}
        field: Any = self.fields["sites"]
        field.choices = [(s.code, f"{s.code} {s.name}") for s in sites]
        field.required = not every
        field.help_text = _("None chosen: all sites.") if every else ""

    def clean_sites(self) -> list[Site]:
        return [self.places[code] for code in self.cleaned_data["sites"]]

    def clean_expires(self) -> timedelta:
        """The life of the token: to the end of the day in UTC, at most a year."""
        days = (self.cleaned_data["expires"] - now().date()).days
        if not 0 <= days <= TOKEN_LIFE.days:
            raise forms.ValidationError(_("Choose a day from today to one year ahead."))
        midnight = now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days + 1)
        return min(midnight - now(), TOKEN_LIFE)

    def clean_addresses(self) -> list[str]:
        found = self.cleaned_data["addresses"].replace(",", " ").split()
        try:
            return [str(ipaddress.ip_network(text, strict=False)) for text in found]
        except ValueError as wrong:
            raise forms.ValidationError(_("This is no address or network.")) from wrong


class NotificationForm(forms.Form):
    digest = forms.ChoiceField(label=_("Mail"), choices=Digest.choices, widget=forms.RadioSelect)
    muted = forms.MultipleChoiceField(
        label=_("Do not tell me of"),
        choices=[(kind.value, kind.label) for kind in Kind if kind not in ALWAYS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ExportForm(forms.Form):
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Why this leaves the system; it stands in the bundle and in the trail of every record."),
    )
    language = forms.ChoiceField(label=_("Language of the printed records"), choices=settings.LANGUAGES)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)


class CauseForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9._-]*$",
        label=_("Code"),
        max_length=24,
        help_text=_("Capital letters, digits, hyphens; never changed afterwards, for example RECOUNTED."),
        error_messages={"invalid": _("Use capital letters, digits, hyphens and dots.")},
    )
    label_en = forms.CharField(label=_("English label"), max_length=120)
    label_zh_hans = forms.CharField(label=_("Chinese label"), max_length=120)
    valid_from = forms.DateField(label=_("First day"), widget=Day)


class RetireCauseForm(forms.Form):
    valid_to = forms.DateField(label=_("Last day on which it can be chosen"), widget=Day)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class CalendarForm(forms.Form):
    shifts = forms.CharField(
        label=_("Shifts"),
        widget=forms.Textarea({"rows": 4}),
        required=False,
        max_length=2000,
        help_text=_(
            "One a line: weekdays (1 is Monday) and times, such as 1-5 06:00-22:00. None: the plant works always."
        ),
    )
    days_off = forms.CharField(
        label=_("Days off"),
        widget=forms.Textarea({"rows": 6}),
        required=False,
        max_length=20_000,
        help_text=_("One a line: the date and a name, such as 2026-12-25 Christmas."),
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)
