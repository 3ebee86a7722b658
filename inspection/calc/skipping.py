"""Skip-lot and dock-to-stock: which arriving lots are inspected at all, for a part of a supplier that has earned it.

Our own rules, of the kind of ISO 2859-3 and its fractions 1/2 to 1/5, not that standard's procedure. Which lot of a fraction is
inspected is drawn at random: who sends the lots must not be able to count along.
"""

from dataclasses import dataclass, replace
from datetime import date

from .errors import CalcError
from .errors import gettext_noop as _

EVERY, SKIP = "every_lot", "skip_lot"
INSPECT, PASS = "inspect", "skip"
CAUSES = ("rejected", "ncr", "escape", "revision", "certificate", "withdrawn")

# A sentence for each answer to "why".
REASONS = {
    "every_lot": _("Every lot is inspected: the part has not yet earned to be skipped."),
    "drawn": _("This lot was drawn for inspection."),
    "most_lots": _("Enough lots were skipped in a row."),
    "most_days": _("The last inspection lies too far back."),
    "skipped": _("Skipped: the part has earned it."),
    "rejected": _("Every lot again: a lot was not accepted."),
    "qualified": _("From now on lots are skipped: enough were accepted in a row."),
    "accepted": _("Accepted."),
    "ncr": _("Every lot again: a nonconformance of this part from this supplier was reported."),
    "escape": _("Every lot again: something had escaped the inspection."),
    "revision": _("Every lot again: the part has a new revision."),
    "certificate": _("Every lot again: a certificate lapsed."),
    "withdrawn": _("Every lot again: a person wanted it."),
}


@dataclass(frozen=True)
class SkipRules:
    """One lot in `one_in` is inspected after `qualify` accepted ones in a row; one at least every `most_lots` lots and `most_days`
    days. Dock-to-stock is one_in None: only those two (the periodic audit lot) count."""

    qualify: int = 10
    one_in: int | None = 2
    most_lots: int = 10
    most_days: int = 180

    def __post_init__(self) -> None:
        numbers = (self.qualify, self.most_lots, self.most_days, 2 if self.one_in is None else self.one_in)
        if min(numbers[:3]) < 1 or numbers[3] < 2:
            raise CalcError(
                "skip_rules", _("Skipping needs whole numbers: 1 in 2 or fewer, and intervals of 1 or more.")
            )


@dataclass(frozen=True)
class SkipState:
    mode: str = EVERY
    run: int = 0
    skipped: int = 0
    inspected_on: date | None = None


def arrive(rules: SkipRules, state: SkipState, *, on: date, draw: float) -> tuple[SkipState, str, str]:
    """(state, inspect or skip, why): every_lot, drawn, most_lots, most_days, skipped. `draw` is a random number in [0, 1)."""
    if not 0 <= draw < 1:
        raise CalcError("draw", _("A draw lies in [0, 1); %(draw)s does not."), draw=draw)
    if state.mode == EVERY:
        return state, INSPECT, "every_lot"
    if state.skipped + 1 >= rules.most_lots:
        return state, INSPECT, "most_lots"
    if state.inspected_on is None or (on - state.inspected_on).days >= rules.most_days:
        return state, INSPECT, "most_days"
    if rules.one_in is not None and draw < 1 / rules.one_in:
        return state, INSPECT, "drawn"
    return replace(state, skipped=state.skipped + 1), PASS, "skipped"


def judged(rules: SkipRules, state: SkipState, *, accepted: bool, on: date) -> tuple[SkipState, str]:
    """After an inspected lot: (state, why): rejected, qualified, accepted. One lot not accepted and every lot is inspected again."""
    if not accepted:
        return replace(returned("rejected"), inspected_on=on), "rejected"
    run = state.run + 1
    qualified = state.mode == EVERY and run >= rules.qualify
    mode = SKIP if qualified else state.mode
    return SkipState(mode=mode, run=run, inspected_on=on), "qualified" if qualified else "accepted"


def returned(cause: str) -> SkipState:
    """Every lot again, at once, and the qualification begins anew: a nonconformance, an escape, a new revision, a lapsed certificate."""
    if cause not in CAUSES:
        raise CalcError("cause_unknown", _("There is no cause %(cause)s to return to every lot."), cause=cause)
    return SkipState()
