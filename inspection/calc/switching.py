"""Switching between normal, tightened and reduced inspection: two schemes, by name.

"iso": ISO 2859-1:1999 clause 9 (to reduced by a switching score of 30). "z14": ANSI/ASQ Z1.4 and MIL-STD-105E 4.7 (to reduced
after 10 accepted lots; a count between Ac and Re goes back to normal). The limit numbers of Table VIII, optional since 2003, are
not here. A change counts from the next lot on. Only lots of original inspection count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .errors import CalcError
from .errors import gettext_noop as _

SCHEMES = ("iso", "z14")
NORMAL, TIGHTENED, REDUCED, DISCONTINUED = "normal", "tightened", "reduced", "discontinued"
WINDOW, REJECTED_OF_WINDOW = 5, 2
ACCEPTED_TO_NORMAL = 5
REJECTED_TO_DISCONTINUE = 5
SCORE, LOTS_TO_REDUCED = 30, 10

# A sentence for each code of a Reason; %(name)s are its facts.
REASONS = {
    "two_of_five": _("Tightened: %(rejected)s of the last %(lots)s lots were not accepted (2 of 5 or fewer)."),
    "five_accepted": _("Back to normal: %(lots)s lots in a row were accepted on tightened inspection."),
    "five_rejected": _("Discontinued: %(rejected)s lots were not accepted on tightened inspection."),
    "resumed": _("Resumed at tightened inspection, by the responsible authority."),
    "score_reached": _(
        "Reduced: the switching score reached %(score)s, production is steady and the authority agrees."
    ),
    "ten_accepted": _("Reduced: %(lots)s lots in a row were accepted, production is steady and the authority agrees."),
    "reduced_waits": _(
        "Reduced inspection is earned, but waits: production must be steady and the authority must agree."
    ),
    "reduced_rejected": _("Back to normal: a lot was not accepted on reduced inspection."),
    "reduced_gap": _(
        "Back to normal: the count lay between Ac and Re of the reduced plan. The lot itself is accepted."
    ),
    "production_irregular": _("Back to normal: production is irregular or delayed."),
    "authority_withdrawn": _("Back to normal: the authority took back its leave for reduced inspection."),
    "conditions_changed": _("Back to normal: other conditions warrant it."),
    "score_reset": _("The switching score of %(score)s begins again at 0."),
    "resubmitted": _("Not counted: only lots of original inspection are."),
}


@dataclass(frozen=True)
class SwitchState:
    """Where a sequence stands. `window`: were the last lots (up to 5) of this severity accepted; `run`: accepted ones in a row;
    `rejected`: those not accepted since tightened inspection began. `steady` and `authorised` are what reduced inspection needs."""

    severity: str = NORMAL
    window: tuple[bool, ...] = ()
    run: int = 0
    rejected: int = 0
    score: int = 0
    steady: bool = False
    authorised: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"window": list(self.window)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "SwitchState":
        return cls(**{**stored, "window": tuple(stored.get("window", ()))})


@dataclass(frozen=True)
class Reason:
    """Why something changed or did not: a stable code and the numbers that its sentence names."""

    code: str
    before: str
    after: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_switch(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class LotJudged:
    """`ac` of the plan that was used. `tighter_accepted`: would the AQL one step tighter have accepted it, too (iso, Ac 2 or more;
    of a double plan: was it accepted on the first sample). `gap`: the count lay between Ac and Re."""

    accepted: bool
    ac: int = 0
    original: bool = True
    gap: bool = False
    tighter_accepted: bool | None = None


@dataclass(frozen=True)
class ProductionChanged:
    steady: bool


@dataclass(frozen=True)
class ReducedAuthorised:
    """The responsible authority considers reduced inspection desirable, or takes that back."""

    granted: bool


@dataclass(frozen=True)
class ConditionsChanged:
    """Other conditions warrant that normal inspection be instituted (105E 4.7.4 d)."""


@dataclass(frozen=True)
class Resumed:
    """The authority allows inspection again after the supplier's remedy: at tightened (ISO 2859-1 clause 9.4)."""


Event = LotJudged | ProductionChanged | ReducedAuthorised | ConditionsChanged | Resumed
Stepped = tuple[SwitchState, list[Reason]]


def step(scheme: str, state: SwitchState, event: Event) -> Stepped:
    """The state after `event` and why. Raises CalcError scheme_unknown, discontinued (a lot while inspection is discontinued),
    not_discontinued, tighter_missing (iso: an accepted lot of a plan with Ac 2 or more that does not say it)."""
    if scheme not in SCHEMES:
        raise CalcError(
            "scheme_unknown", _("There is no switching scheme %(scheme)s; there are iso and z14."), scheme=scheme
        )
    if isinstance(event, LotJudged):
        return _lot(scheme, state, event)
    if isinstance(event, Resumed):
        if state.severity != DISCONTINUED:
            raise CalcError("not_discontinued", _("Inspection is not discontinued: there is nothing to resume."))
        return _switched(state, TIGHTENED, "resumed")
    if isinstance(event, ProductionChanged):
        changed, lost = replace(state, steady=event.steady), "production_irregular"
    elif isinstance(event, ReducedAuthorised):
        changed, lost = replace(state, authorised=event.granted), "authority_withdrawn"
    else:
        changed, lost = state, "conditions_changed"
    if isinstance(event, ConditionsChanged) or not (changed.steady and changed.authorised):
        return _switched(changed, NORMAL, lost) if state.severity == REDUCED else (changed, [])
    return _reduce(scheme, changed)


def _switched(state: SwitchState, severity: str, code: str, **facts: Any) -> Stepped:
    """Counts begin anew; an authority's leave for reduced inspection is used up by it."""
    kept = state.authorised and state.severity != REDUCED
    new = SwitchState(severity=severity, steady=state.steady, authorised=kept)
    return new, [Reason(code, state.severity, severity, facts)]


def _lot(scheme: str, state: SwitchState, lot: LotJudged) -> Stepped:
    if not lot.original:
        return state, [Reason("resubmitted", state.severity, state.severity)]
    if state.severity == DISCONTINUED:
        raise CalcError(
            "discontinued", _("Inspection is discontinued: no lot is judged until the authority lets it resume.")
        )
    counted = replace(state, window=(*state.window, lot.accepted)[-WINDOW:], run=state.run + 1 if lot.accepted else 0)
    return {NORMAL: _normal, TIGHTENED: _tightened, REDUCED: _reduced}[state.severity](scheme, counted, lot)


def _normal(scheme: str, state: SwitchState, lot: LotJudged) -> Stepped:
    rejected = state.window.count(False)
    if rejected >= REJECTED_OF_WINDOW:
        return _switched(state, TIGHTENED, "two_of_five", rejected=rejected, lots=len(state.window))
    if scheme == "z14":
        return _reduce(scheme, state)
    scored, reasons = _scored(state, lot)
    reduced, more = _reduce(scheme, scored)
    return reduced, reasons + more


def _scored(state: SwitchState, lot: LotJudged) -> Stepped:
    """ISO 2859-1 clause 9.3.3.2."""
    if lot.accepted and lot.ac > 1 and lot.tighter_accepted is None:
        raise CalcError(
            "tighter_missing",
            _("With Ac %(ac)s the score asks whether the next tighter AQL accepts the lot, too."),
            ac=lot.ac,
        )
    if lot.accepted and (lot.ac <= 1 or lot.tighter_accepted):
        return replace(state, score=state.score + (2 if lot.ac <= 1 else 3)), []
    if not state.score:
        return state, []
    return replace(state, score=0), [Reason("score_reset", NORMAL, NORMAL, {"score": state.score})]


def _reduce(scheme: str, state: SwitchState) -> Stepped:
    """To reduced when enough lots were accepted, production is steady and the authority agrees; all three, in any order."""
    enough = state.score >= SCORE if scheme == "iso" else state.run >= LOTS_TO_REDUCED
    if state.severity != NORMAL or not enough:
        return state, []
    if not state.steady or not state.authorised:
        missing = [name for name in ("steady", "authorised") if not getattr(state, name)]
        return state, [Reason("reduced_waits", NORMAL, NORMAL, {"missing": missing})]
    facts = {"score": state.score} if scheme == "iso" else {"lots": state.run}
    return _switched(state, REDUCED, "score_reached" if scheme == "iso" else "ten_accepted", **facts)


def _tightened(_scheme: str, state: SwitchState, lot: LotJudged) -> Stepped:
    state = replace(state, rejected=state.rejected + (not lot.accepted))
    if state.rejected >= REJECTED_TO_DISCONTINUE:
        return _switched(state, DISCONTINUED, "five_rejected", rejected=state.rejected)
    if state.run >= ACCEPTED_TO_NORMAL:
        return _switched(state, NORMAL, "five_accepted", lots=state.run)
    return state, []


def _reduced(scheme: str, state: SwitchState, lot: LotJudged) -> Stepped:
    if not lot.accepted:
        return _switched(state, NORMAL, "reduced_rejected")
    if lot.gap and scheme == "z14":
        return _switched(state, NORMAL, "reduced_gap")
    return state, []
