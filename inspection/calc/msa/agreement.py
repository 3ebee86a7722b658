"""Agreement of appraisers on attributes: kappa (AIAG MSA 4th edition, chapter III section C).

Cohen's kappa between two sets of ratings, Fleiss' kappa among all appraisers. 1 is full agreement, 0 what chance alone gives; AIAG
calls 0.75 and more good, below 0.40 poor. Where everybody gives one rating only, chance explains it all and kappa has no value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import CalcError
from ..errors import gettext_noop as _

GOOD, POOR = 0.75, 0.40
Ratings = Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Appraiser:
    """`within`: parts on which all own trials agree. Against the reference: `effective` parts with all trials right, `missed` bad
    ratings called good and `false_alarms` good ones called bad, as shares of their chances; None without a reference."""

    within: int
    effective: int | None
    missed: float | None
    false_alarms: float | None
    kappa: float | None


@dataclass(frozen=True)
class Agreement:
    """`between`: Fleiss' kappa over all ratings; `all_agree`: parts on which every rating is the same; `all_right`: and right."""

    parts: int
    appraisers: list[Appraiser]
    between: float | None
    all_agree: int
    all_right: int | None


def cohen(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Kappa of two lists of ratings of the same parts; None where both give one and the same rating throughout."""
    if len(one) != len(other) or not one:
        raise CalcError(
            "ratings", _("Two ratings are compared part by part: both lists have the same length, above 0.")
        )
    found = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    chance = sum((one.count(word) / len(one)) * (other.count(word) / len(other)) for word in set(one) | set(other))
    return None if chance == 1 else (found - chance) / (1 - chance)


def fleiss(ratings: Sequence[Sequence[str]]) -> float | None:
    """Kappa of m ratings of each part; None where all ratings are one word."""
    m = len(ratings[0]) if ratings else 0
    if m < 2 or any(len(part) != m for part in ratings):
        raise CalcError("ratings_count", _("Every part needs 2 or more ratings, and all the same number."))
    words = sorted({word for part in ratings for word in part})
    counts = np.array([[part.count(word) for word in words] for part in ratings], dtype=float)
    found = float(((counts**2).sum(axis=1) - m).mean() / (m * (m - 1)))
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return None if chance == 1 else (found - chance) / (1 - chance)


def study(ratings: Ratings, *, reference: Sequence[str] | None = None, good: str = "good") -> Agreement:
    """`ratings` by appraiser, part, trial; `reference` the true rating of each part, `good` the word of a conforming one.

    Raises CalcError design, ratings_count, reference.
    """
    parts = len(ratings[0]) if ratings else 0
    trials = {len(part) for appraiser in ratings for part in appraiser}
    if not parts or any(len(one) != parts for one in ratings) or len(trials) != 1 or min(trials) < 1:
        raise CalcError(
            "design", _("Every operator measures every part as often as the others: this study is not balanced.")
        )
    if reference is not None and len(reference) != parts:
        raise CalcError(
            "reference",
            _("There are %(parts)s parts, but %(given)s reference ratings."),
            parts=parts,
            given=len(reference),
        )
    by_part = [[word for appraiser in ratings for word in appraiser[at]] for at in range(parts)]
    same = [len(set(words)) == 1 for words in by_part]
    right = (
        None
        if reference is None
        else sum(one and words[0] == true for one, words, true in zip(same, by_part, reference, strict=True))
    )
    return Agreement(
        parts=parts,
        appraisers=[_appraiser(one, reference, good) for one in ratings],
        between=fleiss(by_part) if len(by_part[0]) > 1 else None,
        all_agree=sum(same),
        all_right=right,
    )


def _appraiser(ratings: Sequence[Sequence[str]], reference: Sequence[str] | None, good: str) -> Appraiser:
    within = sum(len(set(trials)) == 1 for trials in ratings)
    if reference is None:
        return Appraiser(within, None, None, None, None)
    pairs = [(word, true) for trials, true in zip(ratings, reference, strict=True) for word in trials]
    effective = sum(all(word == true for word in trials) for trials, true in zip(ratings, reference, strict=True))
    return Appraiser(
        within=within,
        effective=effective,
        missed=_share([word == good for word, true in pairs if true != good]),
        false_alarms=_share([word != good for word, true in pairs if true == good]),
        kappa=cohen([word for word, _true in pairs], [true for _word, true in pairs]),
    )


def _share(wrong: Sequence[bool]) -> float | None:
    return sum(wrong) / len(wrong) if wrong else None
