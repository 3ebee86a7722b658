"""Why messages wait, or what they leave to a person: rows beside the inbox, so that one answer settles all of a kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef

from connectors.mes_messages import fit
from connectors.models import Cause
from ncr.actions import Unknown
from ncr.models import Nonconformance
from qms.lib import statement

KEEP = """
WITH x AS (SELECT * FROM json_to_recordset(%s::json) AS x(message bigint, kind text, system text, name text, why text)),
gone AS (DELETE FROM connectors_cause c WHERE c.message_id = ANY(%s::bigint[])
    AND NOT EXISTS (SELECT 1 FROM x WHERE x.message = c.message_id AND x.kind = c.kind AND x.name = c.name))
INSERT INTO connectors_cause (message_id, kind, system, name, why) SELECT message, kind, system, name, why FROM x
ON CONFLICT (message_id, kind, name) DO NOTHING"""
AWAITED = """
SELECT c.message_id FROM json_to_recordset(%s::json) AS x(system text, name text)
JOIN connectors_cause c ON c.kind = 'create' AND c.system = x.system AND c.name = x.name ORDER BY 1"""


def keep(rows: Sequence[tuple[int, str, Iterable[Unknown]]]) -> None:
    """(message, system, reasons): from now on these and no others are its reasons."""
    told = [
        {"message": key, "kind": u.kind, "system": fit(system, 120), "name": fit(u.name, 200), "why": u.why}
        for key, system, reasons in rows
        for u in reasons
    ]
    if rows:
        statement.rows(KEEP + " RETURNING id", [json.dumps(told), [key for key, *_rest in rows]])


def awaiting(born: Iterable[tuple[str, str]]) -> list[int]:
    """Messages that waited for one of these (source, defect) to be logged."""
    pairs = [{"system": source, "name": defect} for source, defect in born]
    return [key for (key,) in statement.rows(AWAITED, [json.dumps(pairs)])] if pairs else []


def born_meanwhile() -> list[int]:
    """Messages that wait for a defect which is here by now: it came between their look and their note of it."""
    here = Nonconformance.objects.filter(source=OuterRef("system"), source_event=OuterRef("name"))
    rows: Any = Cause.objects.filter(Exists(here), kind="create").order_by("message_id")
    return list(rows.values_list(F("message_id"), flat=True))
