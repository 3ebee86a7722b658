"""The way of a review, one line per transition."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import AccessReview, SystemReview, TrailReview

MANAGE, ACCESS_RIGHT, SYSTEM_RIGHT = "trail_review.manage", "access_review.manage", "system_review.manage"


def something_in_scope(review: Any) -> Any:
    return "" if review.entries else gettext("Nothing is in the scope, so nothing can be marked.")


def something_marked(review: Any) -> Any:
    return "" if review.standing() else gettext("No exception stands.")


def undecided(review: Any) -> Any:
    """Every line is decided before anybody signs."""
    left = review.undecided()
    return gettext("Lines without a decision: %(count)s. Decide each of them first.") % {"count": left} if left else ""


def some_undecided(review: Any) -> Any:
    return "" if review.undecided() else gettext("Every line is decided.")


TRAIL = Workflow(
    model=TrailReview,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Planned"), "neutral"),
        State("IN_REVIEW", _("In review"), "info"),
        State("REVIEWED", _("Reviewed"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("start", _("Begin the review"), ("DRAFT",), "IN_REVIEW", MANAGE, "trail_review.started"),
        Transition(
            "sign",
            _("Sign the review"),
            ("IN_REVIEW",),
            "REVIEWED",
            MANAGE,
            "trail_review.signed",
            signature="reviewed",
        ),
        Transition(
            "mark",
            _("Mark an exception"),
            ("IN_REVIEW",),
            "=",
            MANAGE,
            "trail_review.marked",
            (something_in_scope,),
            form="reviews:trailreview-mark",
        ),
        Transition(
            "withdraw",
            _("Withdraw an exception"),
            ("IN_REVIEW",),
            "=",
            MANAGE,
            "trail_review.withdrawn",
            (something_marked,),
            reason=True,
            form="reviews:trailreview-withdraw",
        ),
        Transition(
            "edit",
            _("Change the plan"),
            ("DRAFT",),
            "=",
            MANAGE,
            "trail_review.edited",
            form="reviews:trailreview-edit",
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "IN_REVIEW"),
            "CANCELLED",
            MANAGE,
            "trail_review.cancelled",
            reason=True,
        ),
    ),
)

ACCESS = Workflow(
    model=AccessReview,
    initial=("DRAFT",),
    states=TRAIL.states,
    transitions=(
        Transition("start", _("Begin the review"), ("DRAFT",), "IN_REVIEW", ACCESS_RIGHT, "access_review.started"),
        Transition(
            "decide",
            _("Decide"),
            ("IN_REVIEW",),
            "=",
            ACCESS_RIGHT,
            "access_review.decided",
            (some_undecided,),
            form="reviews:accessreview-decide",
        ),
        Transition(
            "sign",
            _("Sign the review"),
            ("IN_REVIEW",),
            "REVIEWED",
            ACCESS_RIGHT,
            "access_review.signed",
            (undecided,),
            signature="reviewed",
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "IN_REVIEW"),
            "CANCELLED",
            ACCESS_RIGHT,
            "access_review.cancelled",
            reason=True,
        ),
    ),
)

SYSTEM = Workflow(
    model=SystemReview,
    initial=("DRAFT",),
    states=TRAIL.states,
    transitions=(
        Transition("start", _("Begin the review"), ("DRAFT",), "IN_REVIEW", SYSTEM_RIGHT, "system_review.started"),
        Transition(
            "sign",
            _("Judge and sign"),
            ("IN_REVIEW",),
            "REVIEWED",
            SYSTEM_RIGHT,
            "system_review.signed",
            signature="reviewed",
            form="reviews:systemreview-judge",
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "IN_REVIEW"),
            "CANCELLED",
            SYSTEM_RIGHT,
            "system_review.cancelled",
            reason=True,
        ),
    ),
)
