"""How people, sites, service accounts and the trail are listed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts.models import Compartment, Grant, Site, User
from qms.accounts.roles import ROLES
from qms.journal import queries as journal
from qms.journal import wording
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.listed import listed
from qms.records.models import REGISTRY, ChangeReason, Export
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.workflow import State

from . import queries

STATES = (queries.ACTIVE, queries.INACTIVE)


def _state(user: User) -> str:
    return (queries.ACTIVE if user.is_active else queries.INACTIVE).code


@dataclass(frozen=True, kw_only=True)
class Granted(Choices):
    """People by what they are granted today."""

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        found = super().condition(cleaned, user)
        return Q(pk__in=Grant.objects.valid().filter(found).values("user_id")) if found else None


@dataclass(frozen=True, kw_only=True)
class Agreed(Choices):
    """Who has agreed to the present text on electronic signatures, and who has not."""

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        asked = set(cleaned.get(self.name) or ())
        return Q(agreed_at__isnull=asked == {"no"}) if len(asked) == 1 else None


def _sites() -> Iterable[tuple[str, str]]:
    return [(site.code, f"{site.code} {site.name}") for site in Site.objects.all()]


PEOPLE = ListSpec(
    name="people",
    title=gettext_lazy("People and roles"),
    model=User,
    permission="account.view",
    rows=lambda user: queries.accounts(User.PERSON),
    columns=(
        Column("username", gettext_lazy("User id"), kind="record", sort="username"),
        Column("full_name", gettext_lazy("Printed name"), sort="full_name"),
        Column("roles", gettext_lazy("Roles"), source=lambda row: queries.role_words(row.current), wide=True),
        Column("state", gettext_lazy("Status"), kind="state", source=_state, states=STATES, sort="is_active"),
        Column("agreed_at", gettext_lazy("Agreed to sign"), kind="moment"),
        Column("language", gettext_lazy("Language"), choices=settings.LANGUAGES),
        Column("timezone", gettext_lazy("Time zone"), shown=False),
        Column("password_given", gettext_lazy("One-time password"), kind="yes", shown=False),
    ),
    filters=(
        Granted("role", gettext_lazy("Role"), choices=list(ROLES.items())),
        Granted("site", gettext_lazy("Site"), field="site__code", choices=_sites),
        Choices(
            "active",
            gettext_lazy("Status"),
            field="is_active",
            choices=[("True", queries.ACTIVE.label), ("False", queries.INACTIVE.label)],
        ),
        Agreed(
            "agreed", gettext_lazy("Agreed to sign"), choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
        ),
    ),
    tabs=(
        Tab(gettext_lazy("All"), {}),
        Tab(gettext_lazy("Active"), {"active": "True"}),
        Tab(gettext_lazy("Deactivated"), {"active": "False"}),
    ),
    search=("username", "full_name"),
    order="username",
    actions=(
        Action(gettext_lazy("New person"), "office:person-create", permission="account.manage", icon="user-plus"),
        Action(gettext_lazy("Role matrix"), "office:roles", permission="account.view", icon="table-2"),
        Action(gettext_lazy("Roles and their last use"), "office:access", permission="account.view", icon="history"),
        Action(gettext_lazy("Access reviews"), "reviews:accessreview-list", "access_review.view", "clipboard-check"),
    ),
    help_template="office/_people_help.html",
)

SITES = ListSpec(
    name="sites",
    title=gettext_lazy("Sites"),
    model=Site,
    permission="account.view",
    rows=lambda user: Site.objects.select_related("signing_rule"),
    columns=(
        Column("code", gettext_lazy("Code"), sort="code"),
        Column("name", gettext_lazy("Name"), sort="name", wide=True),
        Column("name_zh", gettext_lazy("Chinese name")),
        Column("timezone", gettext_lazy("Time zone")),
        Column(
            "rule",
            gettext_lazy("Fresh roles and access"),
            kind="link",
            source=queries.rule_words,
            link=lambda row: reverse("office:signing-rule", args=[row.code]),
        ),
    ),
    search=("code", "name", "name_zh"),
    order="code",
    actions=(Action(gettext_lazy("New site"), "office:site-create", permission="account.manage"),),
    empty=gettext_lazy("Every record belongs to a site. Make the first one before people are granted roles."),
)

COMPARTMENTS = ListSpec(
    name="compartments",
    title=gettext_lazy("Export compartments"),
    model=Compartment,
    permission="compartment.manage",
    rows=lambda user: Compartment.objects.all(),
    columns=(
        Column("code", gettext_lazy("Code"), kind="record", sort="code"),
        Column("name", gettext_lazy("Name"), sort="name", wide=True),
        Column(
            "state",
            gettext_lazy("Status"),
            kind="state",
            source=lambda row: queries.compartment_mark(row).code,
            states=(queries.OPEN, queries.RETIRED),
        ),
    ),
    search=("code", "name"),
    order="code",
    actions=(
        Action(
            gettext_lazy("New export compartment"),
            "office:compartment-create",
            permission="compartment.manage",
            icon="plus",
        ),
    ),
    empty=gettext_lazy("No record is closed by export control. Make a compartment before the first one has to be."),
)

SERVICES = ListSpec(
    name="services",
    title=gettext_lazy("Service accounts"),
    model=User,
    permission="account.view",
    rows=lambda user: queries.accounts(User.SERVICE),
    columns=(
        Column("username", gettext_lazy("User id"), kind="record", sort="username"),
        Column("full_name", gettext_lazy("Name"), sort="full_name", wide=True),
        Column("state", gettext_lazy("Status"), kind="state", source=_state, states=STATES),
    ),
    search=("username", "full_name"),
    order="username",
    actions=(Action(gettext_lazy("New service account"), "office:service-create", permission="account.manage"),),
    empty=gettext_lazy("An MES, an ERP or a report reads and writes under a service account, with tokens."),
)


# --- the trail ---


class Reference(str):
    """A record's label; on a page a link to it."""

    url = ""

    def __html__(self) -> SafeString:
        pattern = '<a class="q-number" href="{}">{}</a>' if self.url else "{1}"
        return format_html(pattern, self.url, str(self))


class Told(str):
    """A sentence; on a page the whole entry folds out below it."""

    entry = ""

    def __html__(self) -> SafeString:
        pattern = '{}<details><summary class="q-small text-secondary">{}</summary><pre class="q-entry" tabindex="0">{}</pre></details>'
        return format_html(pattern, str(self), _("Whole entry"), self.entry)


def told(entry: Entry) -> Told:
    found = Told(sentence(entry))
    found.entry = json.dumps(content(entry), indent=1, ensure_ascii=False)
    return found


def content(entry: Entry) -> dict[str, Any]:
    kept = vars(entry)
    if "_content" not in kept:
        said = json.loads(entry.payload)
        kept["_content"] = withheld(said) if kept.get("is_disposed") else said
    found: dict[str, Any] = kept["_content"]
    return found


def withheld(said: dict[str, Any]) -> dict[str, Any]:
    """What is told of an entry whose record was disposed of: that something happened, when and by whom; not what."""
    names = ("act", "event", "key", "kind", "label", "object", "seq", "ts", "who")
    return {name: said[name] for name in names if name in said} | {"withheld": True}


def sentence(entry: Entry) -> str:
    said = content(entry)
    if said.get("withheld"):
        return _("(content withheld: the record was disposed of)")
    if entry.kind == "act":
        try:
            return journal.sentence(entry.event, said["data"])
        except KeyError:  # the payload of an earlier version of the event
            return entry.event
    model = _model(entry)
    values = {"what": model._meta.verbose_name if model else entry.object_type, "key": entry.object_key}
    if said["op"] == "insert":
        return _("Row written: %(what)s %(key)s") % values
    if said["op"] == "delete":
        return _("Row deleted: %(what)s %(key)s") % values
    names = [n for n in sorted(said["new"]) if said["old"].get(n) != said["new"][n] and n not in journal.HIDDEN]
    words = listed(wording.label(model, name) if model else name for name in names) or "–"
    return _("Row changed: %(what)s %(key)s (%(fields)s)") % {**values, "fields": words}


def _model(entry: Entry) -> Any:
    app, _dot, name = entry.object_type.partition(".")
    return apps.all_models.get(app, {}).get(name)


def subject(entry: Entry) -> Reference:
    """Label of an act's record; of a row its number, when it has one."""
    said = content(entry)
    label = said.get("label") or (said.get("new") or said.get("old") or {}).get("number") or entry.object_key
    found = Reference(label)
    if any(entry.object_type == model._meta.label_lower for model in REGISTRY.values()) and "-" in found:
        found.url = reverse("ui:record", args=[label])
    return found


def actor(entry: Any) -> str:
    said = content(entry)
    return said["who"]["name"] if "who" in said else entry.actor_name or entry.actor_id


@dataclass(frozen=True, kw_only=True)
class OfRecord(Text):
    """Entries of the record with this number, or of the account with this id."""

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        if not (text := (cleaned.get(self.name) or "").strip()):
            return None
        model: Any = REGISTRY.get(text.split("-")[0].upper())
        rows = model.objects.filter(number=text.upper()) if model else User.objects.filter(username=text)
        keys = [str(key) for key in rows.values_list("pk", flat=True)]
        return Q(object_type=rows.model._meta.label_lower, object_key__in=keys)


@dataclass(frozen=True, kw_only=True)
class ByActor(Text):
    """By name or user id of a person, or the name of a part of the system."""

    def condition(self, cleaned: dict[str, Any], user: Any) -> Q | None:
        if not (text := (cleaned.get(self.name) or "").strip()):
            return None
        people = User.objects.filter(Q(full_name__icontains=text) | Q(username__iexact=text))
        return Q(actor_id__in=[str(key) for key in people.values_list("pk", flat=True)]) | Q(actor_id__iexact=text)


EXPORT_STATES = (
    State("making", gettext_lazy("Being made"), "info"),
    State("ready", gettext_lazy("Ready"), "success"),
    State("gone", gettext_lazy("File removed"), "muted"),
    State("ended", gettext_lazy("Failed or cancelled"), "danger"),
)


def export_state(export: Export) -> str:
    if export.is_under_way:
        return "making"
    if export.ended_at:
        return "ended"
    return "ready" if export.is_there else "gone"


EXPORTS = ListSpec(
    name="exports",
    title=gettext_lazy("Exports"),
    model=Export,
    permission="record.export",
    rows=lambda user: Export.objects.visible_to(user).select_related("asked_by"),
    columns=(
        Column("label", gettext_lazy("Records"), kind="record", source=lambda row: row.label),
        Column("count", gettext_lazy("Number of records"), kind="number"),
        Column("purpose", gettext_lazy("Purpose"), wide=True),
        Column("state", gettext_lazy("Status"), kind="state", source=export_state, states=EXPORT_STATES),
        Column("asked_by", gettext_lazy("Asked for by")),
        Column("asked_at", gettext_lazy("Asked for"), kind="moment", sort="asked_at"),
        Column("size", gettext_lazy("Size in bytes"), kind="number", shown=False),
        Column("sha256", "SHA-256", shown=False),
    ),
    filters=(Text("purpose", gettext_lazy("Purpose")), DateRange("asked", gettext_lazy("Asked for"), field="asked_at")),
    search=("label", "purpose"),
    order="-id",
    empty=gettext_lazy(
        "An export is a ZIP that proves itself: records as PDF and data, their audit trail with proofs, files, signatures, and a"
        " verifier that needs nothing else. Ask for one on a record's page, or for all records of a list in its export menu."
    ),
    help_template="office/_export_help.html",
)

TRAIL = ListSpec(
    name="trail",
    title=gettext_lazy("Audit trail"),
    model=Entry,
    permission=queries.TRAIL,
    rows=queries.entries,
    columns=(
        Column("ts", gettext_lazy("Time"), kind="moment"),
        Column("sentence", gettext_lazy("What happened"), source=told, wide=True),
        Column("subject", gettext_lazy("Object"), source=subject),
        Column("actor", gettext_lazy("By"), source=actor),
        Column("reason", gettext_lazy("Reason"), source=lambda e: content(e).get("reason", ""), wide=True),
        Column("source", gettext_lazy("Source"), source=lambda e: content(e).get("source", "")),
        Column("event", gettext_lazy("Event"), shown=False),
        Column("kind", gettext_lazy("Kind"), shown=False),
        Column("object_type", gettext_lazy("Kind of object"), shown=False),
        Column("id", gettext_lazy("Entry number"), kind="number", sort="id", shown=False),
    ),
    filters=(
        OfRecord("number", gettext_lazy("Record number or user id")),
        ByActor("actor", gettext_lazy("By")),
        Text("event", gettext_lazy("Event begins with"), lookup="startswith"),
        Text("object", gettext_lazy("Kind of object"), field="object_type"),
        Choices(
            "kind",
            gettext_lazy("Kind"),
            choices=[("act", gettext_lazy("Acts")), ("row", gettext_lazy("Changed rows"))],
        ),
        DateRange("at", gettext_lazy("Time"), field="ts"),
    ),
    tabs=(
        Tab(gettext_lazy("All"), {}),
        Tab(gettext_lazy("Acts"), {"kind": "act"}),
        Tab(gettext_lazy("Changed rows"), {"kind": "row"}),
    ),
    order="-id",
    actions=(Action(gettext_lazy("Verify the trail"), "office:verify", permission=queries.TRAIL, icon="shield-check"),),
    help_template="office/_trail_help.html",
)


REASON_STATES = (
    State("current", gettext_lazy("In use"), "success"),
    State("coming", gettext_lazy("Not yet in use"), "info"),
    State("retired", gettext_lazy("Retired"), "muted"),
)


def reason_state(row: ChangeReason) -> str:
    return "retired" if row.is_retired else "coming" if row.valid_from > now().date() else "current"


REASONS = ListSpec(
    name="reasons",
    title=gettext_lazy("Reasons for change"),
    model=ChangeReason,
    permission="masterdata.view",
    rows=ChangeReason.objects.visible_to,
    columns=(
        Column("code", gettext_lazy("Code"), kind="record", sort="code"),
        Column("label_en", gettext_lazy("English label"), sort="label_en", wide=True),
        Column("label_zh_hans", gettext_lazy("Chinese label")),
        Column("state", gettext_lazy("Status"), kind="state", source=reason_state, states=REASON_STATES),
        Column("valid_from", gettext_lazy("First day"), kind="date", sort="valid_from"),
        Column("valid_to", gettext_lazy("Last day"), kind="date", sort="valid_to"),
    ),
    search=("code", "label_en", "label_zh_hans"),
    order="code",
    actions=(Action(gettext_lazy("New reason"), "office:reason-create", permission="reason.manage", icon="plus"),),
    empty=gettext_lazy("Without a reason to choose nothing recorded can be corrected. Make the first one."),
)
