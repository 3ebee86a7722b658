"""What verify found and what the watch saw: a code with its values, in the words of whoever reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

# Code → sentence. A code is kept in the trail; a sentence may be reworded.
SENTENCES: dict[str, Any] = {
    # the watch
    "unsealed": _("The oldest entry without a seal is %(seconds)s s old."),
    "sealer_silent": _("The oldest entry without a seal is %(seconds)s s old: no sealer has given a sign since %(since)s."),
    "horizon_held": _(
        "The oldest entry without a seal is %(seconds)s s old: process %(pid)s of the database (%(program)s) has kept a"
        " transaction open for %(open)s s."
    ),
    "anchor_failed": _("The checkpoint could not be kept outside (%(place)s): %(why)s"),
    "anchor_late": _("No checkpoint has reached %(place)s since %(since)s."),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """In the active language; the bare code where this version does not know it."""
        known = SENTENCES.get(self.code)
        return str(known) % self.values if known is not None else f"{self.code} {dict(self.values)}"

    def plain(self) -> dict[str, Any]:
        return {"code": self.code, "values": dict(self.values)}
