"""What keeps the records of a disposal: each in one sentence. The database asks the same again when it disposes."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.clock import now
from qms.records.models import REGISTRY, Tombstone
from qms.records.queries import keeping

OWN = {"LGH", "DSP"}  # they say why records are kept or gone, and stay themselves


def rows(numbers: Iterable[str]) -> list[Any]:
    """The records, those that were disposed of left out."""
    found: list[Any] = []
    for prefix, model in REGISTRY.items():
        mine = [number for number in numbers if number.startswith(f"{prefix}-")]
        manager: Any = model._base_manager
        gone = Tombstone.objects.keys_of(model)
        found += manager.filter(number__in=mine).exclude(pk__in=gone).order_by("pk") if mine else ()
    return found


def against(record: Any) -> str:
    """Why the record is kept; "" when its time has come."""
    kept, told = keeping(record), {"number": record.number}
    if record.prefix in OWN:
        return _("%(number)s says why records are kept or gone, and stays.") % told
    if kept.holds:
        return _("%(number)s is under the legal hold %(holds)s.") % {**told, "holds": ", ".join(kept.holds)}
    if kept.retention is None:
        return _("%(number)s has no retention class.") % told
    if kept.until is None:
        return _("%(number)s is not closed.") % told
    if now().date() < kept.until:
        return _("%(number)s is kept until %(until)s.") % {**told, "until": kept.until}
    return ""


def obstacles(disposal: Any) -> list[str]:
    if disposal.state not in ("DRAFT", "PROPOSED"):
        return []
    return [why for row in rows(disposal.numbers) if (why := against(row))]
