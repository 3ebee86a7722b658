"""The choice of why something recorded is corrected, as every form that does so asks for it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.records import reasons


class CauseField(forms.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Why it is corrected"), choices=reasons.offered, **options)
