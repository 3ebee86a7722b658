"""Looking at a record of an export compartment is an act too (ASVS 16.3.2, level 3): who, when, which."""

from typing import Any

from qms import journal

from . import events


def told(*, record: Any, by: Any, way: str) -> None:
    """On the record itself, so that whoever may not see it does not see this either. `way`: page, api or file."""
    if getattr(record, "compartment_id", None):
        with journal.act(events.READ, by=by) as act:
            act.record(record, events.Read(record.number, str(record.compartment), way))
