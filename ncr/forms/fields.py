"""Fields that several forms share."""

from typing import Any

from django import forms

from qms.lib.quantity import STEP
from qms.ui.widgets import Quantity


class Amount(forms.DecimalField):
    """A quantity above zero, dot or comma as the decimal sign, at most six places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=6, min_value=STEP, widget=Quantity, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)
