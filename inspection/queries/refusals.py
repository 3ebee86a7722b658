"""What calc says, in the reader's language."""

from django.utils.translation import gettext

from ..calc import switching
from ..calc.errors import CalcError


def sentence(error: CalcError) -> str:
    return gettext(error.sentence) % error.facts


def reason(code: str, facts: dict[str, object]) -> str:
    """Of a step of switching, as it is stored: its code and its facts."""
    return gettext(switching.REASONS[code]) % facts
