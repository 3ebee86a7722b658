"""News from below, and of its own, that NCRs act on."""

from typing import Any

from qms.journal import subscribe

from .. import actions
from . import imports


def register() -> None:
    """Import is registration; named so that the app says what it needs."""
    imports.register_kinds()


@subscribe("posting.posted")
@subscribe("posting.recorded")
@subscribe("posting.skipped")
def posting_answered(happening: Any) -> None:
    if happening.subject.record_type == "ncr.nonconformance" and not happening.subject.is_mark:
        actions.acknowledge(posting=happening.subject, by=happening.by)


@subscribe("command.executed")
@subscribe("command.cancelled")
def command_answered(happening: Any) -> None:
    if happening.subject.record_type == "ncr.nonconformance":
        actions.confirmed(command=happening.subject, by=happening.by)


@subscribe("posting.cancelled")
def posting_cancelled(happening: Any) -> None:
    if happening.subject.record_type == "ncr.nonconformance" and not happening.subject.is_mark:
        actions.withdrawn(posting=happening.subject, by=happening.by)


@subscribe("ncr.executed")
@subscribe("ncr.closed")
def freeze_travelers(happening: Any) -> None:
    actions.freeze(ncr=happening.subject, by=happening.by, is_closed=happening.event == "ncr.closed")
