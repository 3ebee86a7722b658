"""T1: the request as it came, committed before anybody tries to make sense of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.mes_messages import fit
from connectors.models import POLLED, Quarantined
from qms.lib import statement
from qms.lib.ids import uuid7

SECRET = {"authorization", "cookie", "proxy-authorization", "x-csrftoken"}
LONGEST_HEADERS = 16_000


@dataclass(frozen=True)
class Terms:
    """What an interface says about its messages; all empty where the sender has no interface."""

    interface: int | None = None
    code: str = ""
    site_id: int | None = None
    is_open: bool = True
    zone: str = "UTC"
    language: str = "en"
    mapping: int | None = None
    stages: str = ""  # what was decided for the flow: "site=stage,…", site 0 for all of them
    first_stage: str = "live"
    contract: int | None = None
    edition: int = 0
    spelling: Mapping[str, int] | None = None  # kind of name → edition of the rule in use

    def stage(self, site_id: int | None) -> str:
        """Of this flow on the site: its own word, the word for all sites, or where flows of the interface begin."""
        told = dict(part.split("=") for part in self.stages.split(",")) if self.stages else {}
        return told.get(str(site_id)) or told.get("0") or self.first_stage


@dataclass(frozen=True)
class Row:
    """A stored message. `is_new`: this very call stored it. `is_awaited`: later messages wait for what it tells."""

    id: int
    is_new: bool
    received_at: datetime
    source: str
    state: str = "NEW"
    body_sha256: str = ""
    record_number: str = ""
    problem: str = ""
    is_awaited: bool = False


TERMS = f"""
SELECT i.id, i.code, i.site_id, i.mode = 'live' AND i.paused_at IS NULL,
    coalesce(nullif(i.settings->>'timezone', ''), s.timezone), coalesce(nullif(i.settings->>'language', ''), 'en'), m.id,
    coalesce((SELECT string_agg(coalesce(f.site_id, 0) || '=' || f.stage, ',') FROM connectors_flowstage f
        WHERE f.interface_id = i.id AND f.direction = 'in' AND f.object = %(type)s::text), ''), i.first_stage, k.id, k.edition,
    (SELECT json_object_agg(n.kind, n.id) FROM masterdata_normalisation n WHERE n.source = i.code
        AND n.activated_at IS NOT NULL AND n.retired_at IS NULL)
FROM connectors_interface i JOIN accounts_site s ON s.id = i.site_id
LEFT JOIN connectors_contract k ON k.interface_id = i.id AND k.message_type = %(type)s::text
LEFT JOIN connectors_mapping m ON m.interface_id = i.id AND m.message_type = %(type)s::text AND m.state = 'ACTIVE'
WHERE (i.kind = 'mes' OR i.adapter IN ({", ".join(f"'{name}'" for name in POLLED)})) AND """
STORE = f"""
WITH i (interface, code, site_id, is_open, zone, language, mapping, stages, first_stage, contract, edition, spelling) AS (
    {TERMS} i.code = %(code)s::text),
put AS (
    INSERT INTO connectors_inboxmessage (uid, interface_id, site_id, source, message_id, message_type, sender_id, headers, body,
        body_sha256, state, record_number, problem, tries, mapping_id)
    SELECT %(uid)s::uuid, (SELECT interface FROM i), coalesce(%(site)s::bigint, (SELECT site_id FROM i), %(fallback)s::bigint),
        %(source)s::text, %(id)s::text, %(type)s::text, %(sender)s::bigint, %(headers)s::text, %(body)s::bytea,
        %(sha256)s::text, 'NEW', '', '', 0, (SELECT mapping FROM i)
    WHERE NOT EXISTS (SELECT 1 FROM i WHERE 'off' = coalesce((SELECT f.stage FROM connectors_flowstage f
        WHERE f.interface_id = i.interface AND f.direction = 'in' AND f.object = %(type)s::text
            AND coalesce(f.site_id, 0) IN (0, coalesce(%(site)s::bigint, i.site_id)) ORDER BY f.site_id LIMIT 1), i.first_stage))
    ON CONFLICT (source, message_id) DO NOTHING RETURNING id, received_at)
SELECT put.id, put.received_at, EXISTS (SELECT 1 FROM connectors_cause w
    WHERE w.kind = 'create' AND w.system = %(place)s::text AND w.name = %(defect)s::text),
    set_config('synchronous_commit', 'off', true) AS hurry, i.*
FROM (VALUES (1)) one LEFT JOIN put ON true LEFT JOIN i ON true"""
FIND = """
SELECT id, false, received_at, source, state, body_sha256, record_number, problem FROM connectors_inboxmessage
WHERE source = %s AND message_id = %s"""


def store(
    *,
    code: str,
    source: str,
    message_id: str,
    message_type: str,
    sender: int,
    site_id: int | None,
    fallback: int | None,
    headers: Mapping[str, str],
    body: bytes,
    defect: str = "",
) -> tuple[Row | None, Terms]:
    """One statement, committed by itself. A message that is there already comes back as it stands; of a flow that is off nothing
    is taken (None).

    It does not wait for the disk: the sender is answered only after a later transaction (the act, or the reason why not) that does,
    and one flush covers all before it. A worker that dies in between loses nothing; a database that does has acknowledged nothing.
    """
    values = {
        "code": code,
        "source": source,
        "id": message_id,
        "type": message_type,
        "sender": sender,
        "site": site_id,
        "fallback": fallback,
        "headers": plain_headers(headers),
        "body": body,
        "sha256": hashlib.sha256(body).hexdigest(),
        "uid": uuid7(),
        "place": fit(source, 40),
        "defect": fit(defect, 120),
    }
    [(row_id, received_at, is_awaited, _hurry, *rest)] = statement.rows(STORE, values)
    terms = Terms(*rest) if rest[0] is not None else Terms()
    if row_id is None and terms.stage(site_id or terms.site_id) == "off":
        return None, terms
    return (
        (Row(row_id, True, received_at, source, is_awaited=is_awaited), terms)
        if row_id
        else (find(source, message_id), terms)
    )


STORE_ALL = """
INSERT INTO connectors_inboxmessage (uid, interface_id, site_id, source, message_id, message_type, sender_id, headers, body,
    body_sha256, state, record_number, problem, tries, mapping_id)
SELECT x.uid, x.interface, x.site, x.source, x.message_id, x.kind, %(sender)s::bigint, %(headers)s::text,
    substring(%(body)s::bytea FROM x.start + 1 FOR x.size), x.sha256, 'NEW', '', '', 0, x.mapping
FROM json_to_recordset(%(rows)s::json) AS x(uid uuid, interface bigint, site bigint, source text, message_id text, kind text,
    start int, size int, sha256 text, mapping bigint)
ON CONFLICT (source, message_id) DO NOTHING RETURNING id, received_at, source, message_id"""
FIND_ALL = """
SELECT m.id, false, m.received_at, m.source, m.state, m.body_sha256, m.record_number, m.problem, m.message_id
FROM json_to_recordset(%s::json) AS x(source text, message_id text) JOIN connectors_inboxmessage m USING (source, message_id)"""
SETTLE_ALL = """
UPDATE connectors_inboxmessage m SET state = x.state, problem = x.problem, next_at = NULL
FROM json_to_recordset(%s::json) AS x(id bigint, state text, problem text) WHERE m.id = x.id AND m.state = 'NEW'
RETURNING m.id"""
CLOSE_ALL = """
UPDATE connectors_inboxmessage m SET state = 'APPLIED', record_number = x.number, problem = x.notes, mapping_id = x.mapping,
    tries = m.tries + 1, applied_at = clock_timestamp(), next_at = NULL
FROM json_to_recordset(%s::json) AS x(id bigint, number text, notes text, mapping bigint)
WHERE m.id = x.id AND m.state = ANY(%s::text[]) RETURNING m.id"""


def store_all(
    *, body: bytes, headers: Mapping[str, str], sender: int, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], Row]:
    """Many messages that came in one body, by (source, id); each row keeps its own bytes of it. What is there already is
    answered as it stands. `rows`: interface, site, source, message_id, kind, start, size, sha256, mapping of each, no id
    twice."""
    values = {"sender": sender, "headers": plain_headers(headers), "body": body, "rows": _told(rows, uid=uuid7)}
    stored = {
        (source, name): Row(key, True, received_at, source)
        for key, received_at, source, name in statement.rows(STORE_ALL, values)
    }
    missing = [row for row in rows if (row["source"], row["message_id"]) not in stored]
    if missing:
        wanted = [{"source": row["source"], "message_id": row["message_id"]} for row in missing]
        for *found, name in statement.rows(FIND_ALL, [_told(wanted)]):
            row = Row(*found)
            stored[row.source, name] = row
    return stored


def settle_all(rows: Sequence[tuple[int, str, str]]) -> None:
    """(row, state, problem) of messages that wait or are refused."""
    if rows:
        named = [{"id": key, "state": str(state), "problem": problem} for key, state, problem in rows]
        statement.rows(SETTLE_ALL, [_told(named)])


def close_all(rows: Sequence[tuple[int, str, str, int | None]], states: Sequence[str] = ("NEW",)) -> bool:
    """(row, number, notes, mapping) of messages that became records; False when one of them is no longer in these states."""
    named = [{"id": key, "number": number, "notes": notes, "mapping": m} for key, number, notes, m in rows]
    return len(statement.rows(CLOSE_ALL, [_told(named), list(states)])) == len(rows)


def _told(rows: Sequence[Mapping[str, Any]], **made: Any) -> str:
    """JSON for one statement; `made`: members that each row gets anew."""
    return json.dumps([{**row, **{name: str(make()) for name, make in made.items()}} for row in rows])


def find(source: str, message_id: str) -> Row:
    [found] = statement.rows(FIND, [source, message_id])
    return Row(*found)


def terms(*, message_type: str, code: str = "", interface: int | None = None) -> Terms:
    key, value = ("i.id = %(key)s::bigint", interface) if interface else ("i.code = %(key)s::text", code)
    found = statement.one(TERMS + key, {"type": message_type, "key": value})
    return Terms(*found) if found else Terms()


def quarantine(
    *,
    body: bytes,
    headers: Mapping[str, str],
    sender: Any,
    site_id: int | None,
    problem: str,
    source: str = "",
    id: str = "",
) -> None:
    """Keep what no inbox row can take: somebody may still want to know what was sent."""
    quarantined(body=body, headers=headers, sender=sender, site_id=site_id, problem=problem, source=source, id=id).save(
        force_insert=True
    )


def quarantined(
    *,
    body: bytes,
    headers: Mapping[str, str],
    sender: Any,
    site_id: int | None,
    problem: str,
    source: str = "",
    id: str = "",
) -> Quarantined:
    return Quarantined(
        body=body,
        headers=plain_headers(headers),
        sender_id=sender.pk,
        site_id=site_id,
        problem=problem,
        source=source[:120],
        message_id=id[:200],
    )


def plain_headers(headers: Mapping[str, str]) -> str:
    kept = {name: value for name, value in headers.items() if name.lower() not in SECRET}
    text = json.dumps(kept)
    return text if len(text) <= LONGEST_HEADERS else json.dumps({"Content-Type": kept.get("Content-Type", "")[:200]})
