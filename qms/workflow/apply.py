"""The only place that writes `.state`."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from qms.lib import statement
from qms.lib.errors import Conflict

from .tables import Transition


def apply(record: Any, transition: Transition, *, fields: tuple[str, ...] = ()) -> None:
    """Move a locked and checked row to the transition's target and count its version up.

    `fields` are further columns that the act changed; guards were asked before (`check`), on the row as it stood.
    """
    if record.state not in transition.sources:
        raise ValueError(f"{transition.name} does not start from {record.state}; check() comes first")
    record.state = transition.leads_to(record.state)
    record.version += 1 if transition.counts else 0
    record.save(update_fields=["state", "version", *fields])


def apply_all(records: Sequence[Any], transition: Transition, *, fields: Sequence[str] = ()) -> None:
    """As `apply`, for many locked rows of one model in one statement."""
    for record in records:
        if record.state not in transition.sources:
            raise ValueError(f"{transition.name} does not start from {record.state}")
        record.state = transition.leads_to(record.state)
        record.version += 1 if transition.counts else 0
    statement.update_all(records, ("state", "version", *fields))


def check(record: Any, transition: Transition) -> None:
    """Raises Conflict when the state or a guard forbids the step."""
    if record.state not in transition.sources:
        raise Conflict(
            _("“%(step)s” is not possible while the record is in state %(state)s.")
            % {"step": transition.label, "state": record.get_state_display()},
            hint=_("Reload the page to see what changed."),
            code="illegal_transition",
        )
    if why := transition.blocked(record):
        raise Conflict(why, code="guard", hint=_("Do this first, then repeat the step."))
