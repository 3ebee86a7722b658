"""Names in a row, as the reader's language strings them: commas here, 顿号 there."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _


def listed(names: Iterable[Any]) -> str:
    """“a, b, c”; empty for nothing."""
    words = [str(name) for name in names]
    return reduce(lambda first, second: _("%(first)s, %(second)s") % {"first": first, "second": second}, words or [""])
