"""Attempts to delete: refused by the database, which keeps nothing of a transaction that fails; told to the trail all the same."""

import contextlib
from typing import Any

from django.db import Error, connections

from qms import journal
from qms.journal.acts import OPEN, SETTINGS, context_values
from qms.lib import canonical
from qms.lib.ids import uuid7

from . import events
from .events import Refused


def told(*, record: Any, by: Any, way: str) -> None:
    """Over the API or a page: the person, and the record that stays."""
    with journal.act(events.DELETE_REFUSED, by=by) as act:
        act.record(record, Refused(what=record.number, way=way))


def on_database(alias: str, table: str) -> None:
    """By a connection of its own, because the transaction of the attempt is lost; an act of its own, of the same person."""
    event, values = events.DELETE_REFUSED, OPEN.get() or context_values(uuid7(), journal.SYSTEM)
    line: list[Any] = [event.name, event.version, "name", f"table:{table}", table, None]
    apart = connections[alias].copy()
    try:
        with contextlib.suppress(Error), apart.cursor() as cursor:
            apart.set_autocommit(False)
            for name, value in zip(SETTINGS, [str(uuid7()), *values[1:]], strict=True):
                cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
            data = canonical.dumps(Refused(what=table, way="database"))
            cursor.execute("SELECT qms_record_act(%s, %s, %s, %s, %s, %s, %s)", [*line, data])
            apart.commit()
    finally:
        apart.close()
