"""Readings of a study, typed or pasted as they stand on the sheet."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qms.ui.widgets import Day

from ..models import StudyKind

# Words before the readings, by kind; a tab or a semicolon stands between the cells of a line.
WORDS = {
    "type_one": (), "bias": (), "linearity": ("part", "reference"), "agreement": ("appraiser", "part", "reference"),
}  # fmt: skip
BY_PEOPLE = ("appraiser", "part")


def words_of(kind: str) -> tuple[str, ...]:
    return WORDS.get(kind, BY_PEOPLE)


class Readings(forms.CharField):
    """One line for each appraiser and part; what its cells mean depends on the kind of study, so the form splits them."""

    widget = forms.Textarea({"rows": 12, "spellcheck": "false", "class": "font-monospace"})

    def clean(self, value: Any) -> Any:
        lines = [line for line in str(super().clean(value) or "").splitlines() if line.strip()]
        return [[cell.strip() for cell in re.split(r"[\t;]", line.strip())] for line in lines]


def told(rows: Any, kind: str) -> str:
    """Rows as the field shows them."""
    return "\n".join("; ".join([*(row[name] or "-" for name in words_of(kind)), *row["values"]]) for row in rows)


class StudyFields(forms.Form):
    characteristic = forms.CharField(label=_("Characteristic"), max_length=120)
    performed_date = forms.DateField(label=_("Carried out on"), widget=Day)
    tolerance = forms.CharField(
        label=_("Width of the tolerance"), max_length=30, required=False,
        help_text=_("Upper minus lower limit, in the unit of the gauge. Without it the study is judged by its own variation."),
    )  # fmt: skip
    reference = forms.CharField(
        label=_("Reference value"), max_length=30, required=False, help_text=_("Of the standard, for type 1 and bias.")
    )
    rows = Readings(
        label=pgettext_lazy("measured", "Readings"), max_length=50_000,
        help_text=_(
            "Cells with a tab or a semicolon between them, as a spreadsheet pastes them. Gauge R&R: appraiser; part; readings. "
            "Type 1 and bias: readings. Linearity: part; reference value; readings. "
            "Agreement: appraiser; part; true rating or -; ratings, good for a conforming part."
        ),
    )  # fmt: skip

    def kind(self) -> str:
        raise NotImplementedError

    def clean_rows(self) -> list[dict[str, Any]]:
        names, made = words_of(self.kind()), []
        for cells in self.cleaned_data["rows"]:
            words = {name: "" if cell == "-" else cell for name, cell in zip(names, cells, strict=False)}
            made.append({**words, "values": cells[len(names) :]})
        return made


class StudyForm(StudyFields):
    kind_of_study = forms.ChoiceField(label=_("Kind of study"), choices=StudyKind.choices)
    field_order = ("kind_of_study", "characteristic", "performed_date", "tolerance", "reference", "rows")

    def kind(self) -> str:
        return str(self.cleaned_data.get("kind_of_study", ""))


class EditStudyForm(StudyFields):
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.held = kind

    def kind(self) -> str:
        return self.held


class ConcludeForm(forms.Form):
    reason = forms.CharField(
        label=_("Conclusion"), widget=forms.Textarea({"rows": 4}), max_length=2000,
        help_text=_("What the gauge may be used for with this result, and what is done where it is not good enough."),
    )  # fmt: skip
