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
    "unverified": _("The trail was last verified as a whole at %(since)s."),
    "never_verified": _("The trail was never verified as a whole since %(since)s."),
    # the tree
    "seal_root": _("seal %(n)s: the root of its %(size)s entries is another one"),
    "seal_order": _("seal %(n)s: does not follow the seal before it"),
    "seal_frontier": _("seal %(n)s: what the next one would go on from is another tree"),
    "seal_span": _("seal %(n)s: its span of transactions holds %(entries)s entries, it sealed %(sealed)s"),
    "seal_note": _("seal %(n)s: its note says something else"),
    "seal_foreign": _("seal %(n)s: its note is not signed by our key (it names %(keys)s)"),
    "leaf_missing": _("leaf %(index)s is missing"),
    "leaves_behind": _("there are leaves behind the last seal"),
    "entry_gone": _("leaf %(index)s: its entry is gone"),
    "entry_text": _("entry %(entry)s (leaf %(index)s): its text was changed after it was written"),
    "entry_columns": _("entry %(entry)s (leaf %(index)s): its columns say something else than its sealed text"),
    "never_sealed": _("entry %(entry)s lies behind the last seal's horizon and was never sealed (%(count)s such entries)"),
    "act_missing": _("act %(act)s has changed rows and no line of its own (%(count)s such acts)"),
    "seq_gap": _("%(object)s %(key)s: the numbers of its entries have a gap (%(count)s such objects)"),
    # checkpoints kept outside
    "checkpoint_unreadable": _("the checkpoint kept outside (%(name)s) is no checkpoint of a trail"),
    "checkpoint_foreign": _("the checkpoint kept outside (%(name)s) for %(size)s entries is not signed by our key (it names %(keys)s)"),
    "checkpoint_root": _("the checkpoint kept outside (%(name)s) says another root for %(size)s entries: the trail was rewritten"),
    "checkpoint_ahead": _("the checkpoint kept outside (%(name)s) knows %(size)s entries, the trail has %(entries)s: its end was cut off"),
    # rows
    "rows_changed": _("%(table)s: %(count)s rows are not what their history says, the first is %(row)s"),
    "rows_gone": _("%(table)s: %(count)s rows vanished without a trace, the first is %(row)s"),
    "rows_counted": _("%(table)s: %(versions)s historical rows, but %(entries)s entries in the trail"),
    "entries_unreadable": _("%(table)s: entries of its rows cannot be read as values any more"),
    "versions_changed": _("%(table)s: the versions of %(count)s rows are not what the trail says, the first is %(row)s"),
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
