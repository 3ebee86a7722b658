"""Odoo: which rows there are to be read, and what its answers mean. What its objects are stands in objects.toml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.adapters.described.adapter import Described
from connectors.adapters.described.description import Rows, load
from connectors.adapters.described.dialect import Answer, Ask, Row
from connectors.adapters.odoo.wire import Json2, Rpc
from connectors.adapters.protocols.answers import plain, rows_of
from connectors.base import Exchange, Permanent, Settings

CONTEXT = {"active_test": False, "lang": "en_US", "tz": "UTC"}  # archived rows too; translated names must not wander


class Dialect:
    keeps_limit = True

    def __init__(self, wire: Json2 | Rpc, companies: list[int]) -> None:
        self.wire = wire
        self.context = CONTEXT | ({"allowed_company_ids": companies} if companies else {})

    def known(self, rows: Rows) -> Exchange[frozenset[str] | None]:
        """One field that is not there fails the whole read, so they are asked for first."""
        told = yield from self._call(rows.source, "fields_get", {"attributes": ["type"]})
        return frozenset(told)

    def ask(self, rows: Rows, ask: Ask) -> Exchange[Answer]:
        domain: list[Any] = list(rows.where or [])
        if ask.since:  # whole seconds, no zone: `>=` is right in every version
            domain.append([rows.stamp, ">=", ask.since.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")])
        if ask.after:
            domain.append([rows.key, ">", int(ask.after)])
        if ask.within:
            domain.append([ask.within[0], "in", [int(key) for key in ask.within[1]]])
        order = f"{rows.stamp} desc" if ask.is_latest else f"{rows.key} asc"
        named = {"domain": domain, "fields": list(ask.fields), "limit": ask.limit, "order": order}
        told = yield from self._call(rows.source, "search_read", named)
        return Answer([_plain(row) for row in rows_of(told, rows.source)])

    def one(self, rows: Rows, key: str, fields: tuple[str, ...]) -> Exchange[Row | None]:
        named = {"domain": [*(rows.where or []), [rows.key, "=", int(key)]], "fields": list(fields), "limit": 1}
        found = rows_of((yield from self._call(rows.source, "search_read", named)), rows.source)
        return _plain(found[0]) if found else None

    def call(self, told: Mapping[str, Any]) -> Exchange[Any]:
        """An action for Odoo's own client is a question to a person: nothing has been done."""
        answer = yield from self._call(told["model"], told["method"], told.get("named", {}), told.get("ids", []))
        if isinstance(answer, dict) and str(answer.get("type", "")).startswith("ir.actions."):
            raise Permanent(
                "needs_person", f"The ERP asks a person first ({plain(answer.get('res_model'))}); nothing is done."
            )
        if told["method"] == "load" and not answer.get("ids"):  # per row, with HTTP 200
            words = " ".join(plain(one.get("message")) for one in answer.get("messages", ()))
            raise Permanent("refused", words or "The ERP did not take the document.")
        return answer

    def _call(self, model: str, method: str, named: Mapping[str, Any], ids: Any = ()) -> Exchange[Any]:
        context = {**self.context, **named.get("context", {})}
        return (yield from self.wire.call(model, method, list(ids), {**named, "context": context}))


def _plain(row: Row) -> Row:
    """A reference is [id, name]: its name is translated and changes, its id is what counts."""
    return {name: {"id": value[0], "name": value[1]} if _is_reference(value) else value for name, value in row.items()}


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str)


class Odoo(Described):
    """Settings: database, and rest_key (the key of /json/2), or user with rest_key or password and `version` below 19;
    companies (ids). Locations are ids; `picking_type`: the id of the internal transfer type."""

    product = "Odoo"

    def __init__(self, description: Any = None, without: tuple[str, ...] = ()) -> None:
        super().__init__(description or load(Path(__file__).with_name("objects.toml")), without)

    def dialect(self, settings: Settings) -> Dialect:
        is_new = int(settings.get("version", 19)) >= 19
        wire = Json2(settings) if is_new else Rpc(settings, self._memory)
        return Dialect(wire, list(settings.get("companies", ())))
