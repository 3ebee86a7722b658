"""Settings of transports: one form each, all told in the words of the people who run the other system."""

from __future__ import annotations

import json
import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from connectors.models import Kind
from connectors.routes import ROUTES
from connectors.sync import members
from connectors.transports.base import ENCODINGS
from qms.accounts import access
from qms.accounts.models import Site

FORMATS = (
    ("csv", "CSV"),
    ("jsonl", _("JSON lines")),
    ("xml", "XML"),
    ("b2mml", _("XML: B2MML")),
)
SEPARATORS = ((",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", _("vertical bar")))
TIMES = (
    ("", "ISO 8601 (2026-05-04T08:15:00+02:00)"),
    ("%d.%m.%Y %H:%M:%S", "04.05.2026 08:15:00"),
    ("%d.%m.%Y %H:%M", "04.05.2026 08:15"),
    ("%m/%d/%Y %H:%M:%S", "05/04/2026 08:15:00"),
    ("%d/%m/%Y %H:%M:%S", "04/05/2026 08:15:00"),
    ("%Y%m%d%H%M%S", "20260504081500"),
    ("%Y/%m/%d %H:%M:%S", "2026/05/04 08:15:00"),
)
READY = (
    ("rename", _("the sender writes NAME.part and renames it")),
    ("marker", _("the sender puts NAME.done or NAME.ok beside it")),
    ("stable", _("its size and time have not changed for some seconds (weakest)")),
)
TRANSPORTS = (
    ("folder", _("Files in a folder")),
    ("sftp", _("Files by SFTP")),
    ("mqtt", "MQTT 5"),
    ("view", _("View of a database (read only)")),
    ("soap", "SOAP"),
    ("alerts", _("Alerts of monitoring (webhook)")),
)
SECRET = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
LISTS = ("numbers", "times", "topics")


class Names(forms.CharField):
    """Names parted by commas."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=2000, **options)

    def clean(self, value: Any) -> Any:
        return [word.strip() for word in str(super().clean(value)).split(",") if word.strip()]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class TransportForm(forms.Form):
    """`secret_fields`: kept sealed, never shown; left empty they stay as they are. The rest are settings by their name."""

    secret_fields: tuple[str, ...] = ()
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Of times that come without an offset."),
        choices=lambda: [("", _("as the site")), *((zone, zone) for zone in sorted(available_timezones()))],
        required=False,
    )
    type = forms.ChoiceField(
        label=_("What a row tells"),
        choices=lambda: [
            ("MES", [(name, name) for name in sorted({*ROUTES, "mes.alert.raised", "mes.alert.cleared"})]),
            ("ERP", [("erp.*", _("by the name of the file")), *((name, name) for name in sorted(members.TYPES))]),
        ],
        initial="mes.defect.logged",
    )
    id = forms.CharField(
        label=_("Column of the id"),
        max_length=200,
        required=False,
        help_text=_("The sender's own id of what a row tells: by it a row that comes again is taken once."),
    )
    sites = Names(label=_("Further sites"), help_text=_("Codes of sites that rows may name besides its own."))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)

    def settings(self) -> dict[str, Any]:
        left_out = {"reason", "address", *self.secret_fields}
        return {k: v for k, v in self.cleaned_data.items() if k not in left_out and v not in ("", None, [], False)}

    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.secret_fields if self.cleaned_data.get(name)}

    def address(self) -> str:
        return str(self.cleaned_data.get("address", ""))


class FileForm(TransportForm):
    format = forms.ChoiceField(label=_("Format"), choices=FORMATS)
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        choices=[(name, name) for name in ENCODINGS],
        help_text=_("What does not exist in it refuses the file; nothing is replaced."),
    )
    separator = forms.ChoiceField(label=_("Separator"), choices=SEPARATORS, required=False)
    decimal_comma = forms.BooleanField(label=_("Numbers have a decimal comma"), required=False)
    numbers = Names(label=_("Columns that hold numbers"))
    times = Names(label=_("Columns that hold times"))
    time_format = forms.ChoiceField(label=_("Form of the times"), choices=TIMES, required=False)
    row = forms.CharField(label=_("XML element that is one row"), max_length=120, required=False)
    type_column = forms.CharField(label=_("Column of the type of message"), max_length=200, required=False)
    pattern = forms.CharField(label=_("Names of the files"), max_length=200, initial="*", help_text="*.csv")
    strict_names = forms.BooleanField(
        label=_("Names must be <interface>_<site>_<yyyymmddThhmmssZ>_<number>.<extension>"), required=False
    )
    ready = forms.ChoiceField(label=_("A file is ready when"), choices=READY)
    stable_seconds = forms.IntegerField(label=_("… for so many seconds"), min_value=1, max_value=3600, initial=10)
    checksum = forms.BooleanField(label=_("NAME.sha256 must lie beside it"), required=False)
    trailer = forms.BooleanField(label=_("The last line must be EOF;<count>"), required=False)
    complete = forms.BooleanField(
        label=_("A file lists everything: what it does not name is gone (ERP only)"), required=False
    )
    whole = forms.BooleanField(label=_("All or nothing: one refused row refuses the file"), required=False)
    file_by = forms.RegexField(
        r"^([01]\d|2[0-3]):[0-5]\d$", label=_("A file is due each day by (HH:MM)"), required=False
    )
    stuck_minutes = forms.IntegerField(
        label=_("Stuck in work after (minutes)"), min_value=1, max_value=10_000, initial=30
    )


class FolderForm(FileForm):
    folder = forms.CharField(
        label=_("Folder"), max_length=300, help_text=_("Absolute path, inside one that QMS_FOLDERS opens.")
    )
    field_order = ("folder", "pattern", "format")

    def address(self) -> str:
        return f"file://{self.cleaned_data['folder']}"


class SftpForm(FileForm):
    secret_fields = ("password", "private_key")
    host = forms.CharField(label=_("Host"), max_length=250)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=22)
    user = forms.CharField(label=_("User"), max_length=120)
    folder = forms.CharField(label=_("Folder on the server"), max_length=300)
    host_key = forms.CharField(
        label=_("Host key"),
        max_length=2000,
        help_text=_("Type and key as the server's owner gives it: ssh-ed25519 AAAA…. Another key is refused."),
    )
    password = forms.CharField(label=_("Password"), widget=SECRET, required=False, max_length=500)
    private_key = forms.CharField(
        label=_("Private key"),
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        required=False,
        max_length=10_000,
    )
    field_order = ("host", "port", "user", "password", "private_key", "host_key", "folder", "pattern", "format")

    def clean_host_key(self) -> str:
        found = re.match(r"\s*([a-z0-9@.-]+)\s+([A-Za-z0-9+/=]{40,})", self.cleaned_data["host_key"])
        if not found:
            raise forms.ValidationError(_now("This is no host key; it begins with its type, such as ssh-ed25519."))
        return f"{found[1]} {found[2]}"

    def address(self) -> str:
        told = self.cleaned_data
        return f"sftp://{told['user']}@{told['host']}:{told['port']}/{told['folder'].lstrip('/')}"


class MqttForm(TransportForm):
    secret_fields = ("password",)
    host = forms.CharField(label=_("Host"), max_length=250)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=8883)
    tls = forms.BooleanField(label=_("TLS"), required=False, initial=True)
    user = forms.CharField(label=_("User"), max_length=120, required=False)
    password = forms.CharField(label=_("Password"), widget=SECRET, required=False, max_length=500)
    client_id = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,60}$", label=_("Client id"), help_text=_("Always the same, and of nobody else.")
    )
    topics = Names(label=_("Topics"), help_text="plant/+/+/+/+/quality/#")
    payload = forms.ChoiceField(label=_("Payload"), choices=(("json", "JSON"), ("sparkplug", "Sparkplug B")))
    topic_pattern = forms.CharField(
        label=_("What the topic says"),
        max_length=300,
        required=False,
        help_text=_(
            "Such as {enterprise}/{site}/{area}/{line}/{work_center}/quality/{kind}; taken where the payload is silent."
        ),
    )
    session_days = forms.IntegerField(label=_("Session kept for (days)"), min_value=1, max_value=60, initial=14)
    field_order = ("host", "port", "tls", "user", "password", "client_id", "topics", "payload", "topic_pattern")

    def clean_topics(self) -> Any:
        if not self.cleaned_data["topics"]:
            raise forms.ValidationError(_now("Name at least one topic."))
        return self.cleaned_data["topics"]

    def address(self) -> str:
        told = self.cleaned_data
        return f"{'mqtts' if told['tls'] else 'mqtt'}://{told['host']}:{told['port']}"


class ViewForm(TransportForm):
    secret_fields = ("password",)
    dialect = forms.ChoiceField(label=_("Database"), choices=(("postgresql", "PostgreSQL"), ("mariadb", "MariaDB")))
    host = forms.CharField(label=_("Host"), max_length=250)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=5432)
    database = forms.CharField(label=_("Name of the database"), max_length=120)
    user = forms.CharField(label=_("User"), max_length=120, help_text=_("One that may only read this view."))
    password = forms.CharField(label=_("Password"), widget=SECRET, required=False, max_length=500)
    tls = forms.BooleanField(label=_("TLS"), required=False)
    view = forms.RegexField(r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$", label=_("View"))
    overlap_seconds = forms.IntegerField(
        label=_("Read again the last (s)"),
        min_value=0,
        max_value=86_400,
        initial=300,
        help_text=_("At least as long as their longest transaction: what commits late is then not lost."),
    )
    field_order = ("dialect", "host", "port", "tls", "database", "user", "password", "view", "overlap_seconds")

    def address(self) -> str:
        told = self.cleaned_data
        return f"{told['dialect']}://{told['host']}:{told['port']}/{told['database']}/{told['view']}"


class SoapForm(TransportForm):
    secret_fields = ("password",)
    wsdl = forms.URLField(label=_("Description (WSDL)"), max_length=300, assume_scheme="https")
    operation = forms.CharField(label=_("Operation"), max_length=120)
    arguments = forms.CharField(
        label=_("Arguments"),
        widget=forms.Textarea({"rows": 3}),
        required=False,
        max_length=4000,
        help_text=_('As JSON; {since} stands for the time of the last answer: {"from": "{since}"}'),
    )
    result = forms.CharField(
        label=_("Where the rows stand in the answer"), max_length=200, required=False, help_text="/defects/defect"
    )
    user = forms.CharField(label=_("User"), max_length=120, required=False)
    password = forms.CharField(label=_("Password"), widget=SECRET, required=False, max_length=500)
    field_order = ("wsdl", "operation", "arguments", "result", "user", "password")

    def clean_arguments(self) -> str:
        text = str(self.cleaned_data["arguments"])
        try:
            good = not text.strip() or isinstance(json.loads(text), dict)
        except ValueError:
            good = False
        if not good:
            raise forms.ValidationError(_now("This is no JSON object."))
        return text

    def address(self) -> str:
        return str(self.cleaned_data["wsdl"])


class AlertForm(TransportForm):
    secret_fields = ("hmac_secret",)
    preset = forms.ChoiceField(
        label=_("Sender"), choices=(("alertmanager", "Grafana, Prometheus Alertmanager"), ("sentry", "Sentry"))
    )
    hmac_secret = forms.CharField(
        label=_("Secret of the signature"),
        widget=SECRET,
        required=False,
        max_length=500,
        help_text=_("Where the sender signs its bodies (HMAC-SHA256), besides the token."),
    )
    type = id = None  # type: ignore[assignment]  # the preset says both
    field_order = ("preset", "hmac_secret")

    def address(self) -> str:
        return "/api/v1/mes/alerts"


FORMS: dict[str, type[TransportForm]] = {
    "folder": FolderForm, "sftp": SftpForm, "mqtt": MqttForm, "view": ViewForm, "soap": SoapForm, "alerts": AlertForm,
}  # fmt: skip


class NewForm(forms.Form):
    """The first page of a new transport; its settings follow."""

    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{1,39}$",
        label=_("Code"),
        help_text=_("Names the source in every record; it never changes."),
    )
    kind = forms.ChoiceField(label=_("Kind of system"), choices=Kind.choices, initial=Kind.MES)
    transport = forms.ChoiceField(label=_("Transport"), choices=TRANSPORTS, widget=forms.RadioSelect)
    site: Any = forms.ModelChoiceField(label=_("Site"), queryset=None)
    purpose = forms.CharField(label=_("Purpose"), widget=forms.Textarea({"rows": 2}), max_length=1000, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = access.site_ids(user, "interface.operate")
        known: Any = self.fields["site"]
        known.queryset = Site.objects.all() if mine == access.ALL else Site.objects.filter(pk__in=mine)
