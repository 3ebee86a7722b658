"""A site's own table of C = 0 samples, typed or pasted: lots down, AQLs across."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CELLS = re.compile(r"[\t;]")
LOTS = re.compile(r"(\d+)\s*(?:-|–|—|\.\.\.?)\s*(\d*)")
ALL = ("all", "*", "100%", "100 %", "全检")


class TableField(forms.CharField):
    """`Lots; 0.65; 1.0` and below it `2-8; all; 13`, a tab or a semicolon between cells; an open end is `500001-`."""

    widget = forms.Textarea({"rows": 6, "spellcheck": "false", "class": "font-monospace"})

    def clean(self, value: Any) -> list[dict[str, Any]]:
        lines = [line for line in str(super().clean(value) or "").splitlines() if line.strip()]
        if not lines:
            return []
        aqls = [cell.strip().replace(",", ".") for cell in CELLS.split(lines[0])[1:]]
        if not aqls or not all(re.fullmatch(r"\d+(\.\d+)?", aql) for aql in aqls):
            raise ValidationError(_("The first line names the AQLs: Lots; 0.65; 1.0."))
        if len(lines) == 1:
            raise ValidationError(_("The table has no row below its first line."))
        rows = [_row(at, line, aqls) for at, line in enumerate(lines[1:], start=1)]
        if rows and rows[0]["from"] == 2:  # as the books print it; a lot of one is its own sample
            rows[0]["from"] = 1
        return rows

    def prepare_value(self, value: Any) -> Any:
        return text_of(value) if isinstance(value, list) else value


def _row(at: int, line: str, aqls: Sequence[str]) -> dict[str, Any]:
    first, *cells = (cell.strip() for cell in CELLS.split(line))
    lots = LOTS.fullmatch(first)
    numbers = ["all" if cell.lower() in ALL else cell for cell in cells]
    if lots is None or len(numbers) != len(aqls) or not all(n == "all" or re.fullmatch(r"\d{1,6}", n) for n in numbers):
        raise ValidationError(_("Line %(line)s is none of the table: write 2-8; all; 13.") % {"line": at + 1})
    n = {aql: "all" if number == "all" else int(number) for aql, number in zip(aqls, numbers, strict=True)}
    return {"from": int(lots[1]), "to": int(lots[2]) if lots[2] else None, "n": n}


def text_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """As it is typed."""
    if not rows:
        return ""
    aqls = sorted(rows[0]["n"], key=Decimal)
    lines = [[f"{row['from']}-{row['to'] or ''}", *(str(row["n"][aql]) for aql in aqls)] for row in rows]
    return "\n".join("; ".join(line) for line in [[_("Lots"), *aqls], *lines])
