"""A mapping as its editor writes it: one row per rule, one per test; nothing here saves."""

import json
from typing import Any

import msgspec
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connectors import mapping
from connectors.models import POLLED, Interface, Kind
from connectors.routes import ROUTES
from connectors.sync import members
from qms.accounts import access
from qms.ui.widgets import offer

EDIT = "mapping.edit"
SOURCES = (("from", _("Field of the message")), ("value", _("Fixed value")), ("cel", _("Expression (CEL)")))
KINDS = (("text", _("Text")), ("decimal", _("Number")), ("integer", _("Whole number")), ("list", _("List")))
SENT = forms.Textarea({"rows": 6, "class": "q-code", "spellcheck": "false"})


def targets(message_type: str) -> list[str]:
    """Our fields that a message of the type may have, by dotted name."""
    if message_type in members.TYPES:
        return members.targets(members.TYPES[message_type])
    route = ROUTES.get(message_type)
    return _names(route.message) if route else []


def _names(kind: Any, prefix: str = "") -> list[str]:
    found: list[str] = []
    for member in msgspec.structs.fields(kind):
        inner = [t for t in getattr(member.type, "__args__", (member.type,)) if hasattr(t, "__struct_fields__")]
        name = f"{prefix}{member.encode_name}"
        found += _names(inner[0], f"{name}.") if inner else [name]
    return found


class Lines(forms.CharField):
    """`left = right` per line, as a dictionary of texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 3, "spellcheck": "false"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{left} = {right}" for left, right in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in filter(None, (line.strip() for line in (value or "").splitlines())):
            left, mark, right = line.partition("=")
            if not mark:
                raise forms.ValidationError(_("Write each line as “name = value”; this one is not: %s") % line[:80])
            found[left.strip()] = right.strip()
        return found


class Json(forms.CharField):
    """A JSON object, kept as the text that it is: its numbers lose nothing."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            found = json.loads(text) if text else {}
        except ValueError as why:
            raise forms.ValidationError(_("This is no JSON: %s") % why) from None
        if not isinstance(found, dict):
            raise forms.ValidationError(_("Give the data of the message: a JSON object in braces."))
        return text


class DraftForm(forms.Form):
    interface = forms.ModelChoiceField(
        label=_("Interface"), queryset=Interface.objects.none(), to_field_name="code", empty_label="—"
    )
    message_type = forms.ChoiceField(
        label=_("Type of message"), choices=[(name, name) for name in (*ROUTES, *members.TYPES)]
    )
    note = forms.CharField(label=_("What it changes and why"), widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = access.site_ids(user, EDIT)
        carried = Q(kind=Kind.MES) | Q(adapter__in=POLLED)
        mine = Interface.objects.visible_to(user).filter(carried)
        offer(self, "interface", mine if held == access.ALL else mine.filter(site_id__in=held))


class RuleForm(forms.Form):
    to = forms.CharField(label=_("Our field"), max_length=120, widget=forms.TextInput({"list": "q-targets"}))
    source = forms.ChoiceField(label=_("Made from"), choices=SOURCES)
    text = forms.CharField(
        label=_("Field, value or expression"),
        max_length=2000,
        help_text=_("Fields as /Group/Name; several by comma, the first that is filled counts."),
    )
    kind = forms.ChoiceField(label=_("As"), choices=KINDS)
    when = forms.CharField(
        label=_("Only when"), required=False, max_length=400, help_text=_("A condition, such as data.Class == 'A'.")
    )
    values = Lines(label=_("Table"), help_text=_("One per line: theirs = ours."))
    only = forms.BooleanField(label=_("Refuse what the table does not hold"), required=False)
    default = forms.CharField(label=_("When nothing was sent"), required=False, max_length=400)
    factor = forms.CharField(
        label=_("Factor"), required=False, max_length=30, help_text=_("Their unit into ours, such as 0.001.")
    )
    comma = forms.BooleanField(label=_("Decimal comma"), required=False)
    join = forms.CharField(label=_("Join all with"), required=False, max_length=10, strip=False)

    def rule(self) -> dict[str, Any]:
        """As `connectors.mapping` reads it; only what was said."""
        given = self.cleaned_data
        made: dict[str, Any] = {"to": given["to"].strip()}
        if given["source"] == "from":
            names = [name.strip() for name in given["text"].split(",") if name.strip()]
            made["from"] = names[0] if len(names) == 1 else names
        else:
            made[given["source"]] = given["text"].strip()
        if given["kind"] != "text":
            made["as"] = given["kind"]
        made |= {name: given[name] for name in ("when", "values", "default", "factor", "join") if given[name]}
        return made | {name: True for name in ("only", "comma") if given[name]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("DELETE") and (wrong := mapping.check({"fields": [self.rule()]})):
            raise forms.ValidationError(wrong[0].removeprefix("Rule 1: "))
        return cleaned


def as_row(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as the form shows it."""
    source = next(name for name, _label in SOURCES if name in rule)
    text = rule[source]
    shown: dict[str, Any] = {
        name: rule[name] for name in ("when", "values", "default", "factor", "join", "only", "comma") if name in rule
    }
    text = ", ".join(text) if isinstance(text, list) else str(text)
    return {"to": rule["to"], "source": source, "text": text, "kind": rule.get("as", "text"), **shown}


class VectorForm(forms.Form):
    name = forms.CharField(label=_("Test"), max_length=120)
    message = Json(label=_("Data of the message"), widget=SENT)
    expect = Lines(label=_("What must come of it"), help_text=_("One per line: our field = value."))
    fault = forms.BooleanField(label=_("It must be refused"), required=False)

    def vector(self) -> dict[str, Any]:
        given = self.cleaned_data
        made = {"name": given["name"].strip(), "message": given["message"]}
        return made | ({"fault": True} if given["fault"] else {"expect": given["expect"]})


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What it changes and why"), widget=forms.Textarea({"rows": 2}), max_length=2000)
    sample = Json(label=_("Data of a message to try"), required=False, widget=SENT)


class SampleForm(forms.Form):
    sample = Json(label=_("Data of a message to try"), widget=SENT)


RuleSet = forms.formset_factory(RuleForm, extra=1, can_delete=True, max_num=200, validate_max=True)
VectorSet = forms.formset_factory(VectorForm, extra=1, can_delete=True, max_num=200, validate_max=True)


def rules_of(rows: Any) -> dict[str, Any]:
    kept = [form for form in rows.forms if form.has_changed() or not form.empty_permitted]
    return {"fields": [form.rule() for form in kept if not form.cleaned_data.get("DELETE")]}


def vectors_of(rows: Any) -> list[dict[str, Any]]:
    kept = [form for form in rows.forms if form.has_changed() or not form.empty_permitted]
    return [form.vector() for form in kept if not form.cleaned_data.get("DELETE")]
