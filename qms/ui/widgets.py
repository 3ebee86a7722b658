"""Form widgets that need markup of their own."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse


def offer(form: forms.BaseForm, name: str, found: Any) -> None:
    """What a field lets this reader choose from: rows (a queryset), or pairs of a code and its label."""
    field: Any = form.fields[name]
    if isinstance(found, QuerySet):
        field.queryset = found
    else:
        field.choices = found


class Day(forms.DateInput):
    """The browser's own date picker; ISO in and out."""

    input_type = "date"

    def __init__(self, **rest: Any) -> None:
        super().__init__(format="%Y-%m-%d", **rest)


class Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **rest: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **rest)


class Combobox(forms.TextInput):
    """Text entry with remote suggestions (JSON from the URL name). Without JavaScript the value is typed."""

    template_name = "ui/widgets/combobox.html"

    def __init__(self, url: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url = url

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["lookup_url"] = reverse(self.url)
        return context


class Quantity(forms.NumberInput):
    """Decimal entry with a decimal keypad; a comma counts as the decimal sign, as in qms.lib.quantity."""

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.strip().replace(",", ".") if isinstance(value, str) else value
