"""Odoo's two doors with the same act: a method of a model with named arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors.adapters.protocols import jsonrpc
from connectors.adapters.protocols.answers import at, encode, parse, refuse
from connectors.base import Call, Exchange, Permanent, Settings, Temporary

POSITIONAL = {  # /jsonrpc takes them by position
    "search_read": ("domain",), "load": ("fields", "data"), "fields_get": (), "write": ("vals",), "create": ("vals_list",)
}  # fmt: skip


class Json2:
    """A key per call; real statuses; the names of arguments are those of whatever module overrides the method last."""

    def __init__(self, settings: Settings) -> None:
        self.headers = {
            "Authorization": f"bearer {settings['rest_key']}",
            "X-Odoo-Database": settings["database"],
            "Content-Type": "application/json",
        }

    def call(self, model: str, method: str, ids: list[int], named: Mapping[str, Any]) -> Exchange[Any]:
        body = encode({**({"ids": ids} if ids else {}), **named})
        reply = yield Call("POST", f"/json/2/{quote(model)}/{quote(method)}", self.headers, body)
        told = parse(reply)
        if reply.status != 200:
            refused(at(told, "name"), at(told, "message"))
            refuse(reply, at(told, "message"))
        return told


class Rpc:
    """Signs in once; the number of the user is kept for later exchanges."""

    def __init__(self, settings: Settings, memory: dict[str, Any]) -> None:
        self.database, self.user = settings["database"], settings["user"]
        self.key = settings.get("rest_key") or settings["password"]
        told = f"{self.database} {self.user} {self.key}"
        self.memory, self.name = memory, "uid " + hashlib.sha256(told.encode()).hexdigest()

    def _sign_in(self) -> Exchange[int]:
        params = {"service": "common", "method": "authenticate", "args": [self.database, self.user, self.key, {}]}
        uid = yield from jsonrpc.ask("/jsonrpc", "call", params, refused, is_secret=True)
        if not uid:  # with HTTP 200
            raise Permanent("not_signed_in", "The ERP does not accept the account or key of this connection.")
        self.memory[self.name] = int(uid)
        return int(uid)

    def call(self, model: str, method: str, ids: list[int], named: Mapping[str, Any]) -> Exchange[Any]:
        uid = self.memory.get(self.name) or (yield from self._sign_in())
        order = POSITIONAL.get(method, ())
        args = [*([ids] if ids else []), *(named[name] for name in order if name in named)]
        rest = {name: value for name, value in named.items() if name not in order}
        # The key stands in every body, so none is kept.
        params = {"service": "object", "method": "execute_kw",
                  "args": [self.database, uid, self.key, model, method, args, rest]}  # fmt: skip
        return (yield from jsonrpc.ask("/jsonrpc", "call", params, refused, is_secret=True))


def refused(name: str, words: str) -> None:
    """Raises what an Odoo exception means; `debug`, a traceback with paths, is never read."""
    kind = name.rpartition(".")[2]
    if kind == "MissingError":
        raise Permanent("not_found", words)
    if kind == "AccessDenied":
        raise Permanent("not_signed_in", words)
    if kind == "AccessError":
        raise Permanent("not_allowed", words)
    if kind in ("LockNotAvailable", "SerializationFailure", "TransactionRollbackError", "ConcurrencyError"):
        raise Temporary("changed_meanwhile", words)
    if kind in ("ValidationError", "UserError", "RedirectWarning"):
        raise Permanent("refused", words)
