"""The lifecycle of the hold (features.md row 14), one line per transition."""

from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from ..models import Hold
from . import guards

HOLD = Workflow(
    model=Hold,
    initial=("DRAFT", "REQUESTED"),
    states=(
        State("DRAFT", _("Draft"), "muted"),
        State("REQUESTED", _("Requested"), "info"),
        State("ACTIVE", _("Active"), "danger"),
        State("RELEASE_REQUESTED", _("Release requested"), "warning"),
        State("RELEASED", _("Released"), "success", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition("request", _("Request"), ("DRAFT",), "REQUESTED", "hold.request", "hold.requested"),
        Transition(
            "activate",
            _("Activate"),
            ("REQUESTED",),
            "ACTIVE",
            "hold.request",
            "hold.activated",
            (guards.hold_posted,),
            by_system=True,
        ),
        Transition(
            "request-release",
            _("Request release"),
            ("ACTIVE",),
            "RELEASE_REQUESTED",
            "hold.release",
            "hold.release_requested",
            reason=True,
        ),
        Transition(
            "release", _("Release"), ("RELEASE_REQUESTED",), "RELEASED", "hold.release", "hold.released", by_system=True
        ),
        Transition(
            "end",
            _("End by disposition"),
            ("ACTIVE",),
            "RELEASE_REQUESTED",
            "hold.release",
            "hold.release_requested",
            by_system=True,
        ),
        Transition(
            "keep",
            _("Keep"),
            ("RELEASE_REQUESTED",),
            "ACTIVE",
            "hold.release",
            "hold.kept",
            by_system=True,
        ),
        Transition(
            "cancel",
            _("Cancel"),
            ("DRAFT", "REQUESTED"),
            "CANCELLED",
            "hold.request",
            "hold.cancelled",
            (guards.hold_not_moved,),
            reason=True,
        ),
    ),
)
