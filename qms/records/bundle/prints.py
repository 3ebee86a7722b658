"""A record printed by a template of its own: pressed as PDF/A and sealed by the organisation."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from qms.lib.clock import now
from qms.signatures.models import Signature

from . import report, seal


def printed(row: Any, *, page: Callable[..., dict[str, Any]], template: Path, by: Any) -> bytes:
    """`page(row, at=…, by=…, signatures=…)` says what the template draws. Raises TooLarge."""
    moment = now()
    data = page(row, at=moment, by=by.full_name, signatures=Signature.objects.on(row).order_by("pk"))
    return seal.sealed(report.pressed(data, SimpleNamespace(at=moment), template=template))
