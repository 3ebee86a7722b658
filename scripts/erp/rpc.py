"""A very small client of Tryton's JSON-RPC, for the seed only. Standard library; no code of Tryton's.

It is deliberately not the connector: the seed acts as the ERP's own people would, the connector is under test.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import http.client
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    """Tryton answered with an error."""


def pack(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, dt.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, dt.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    raise TypeError(type(value))


class Rpc:
    def __init__(self, url: str, database: str, user: str, password: str) -> None:
        self.netloc, self.path, self.user = urlsplit(url).netloc, f"/{database}/rpc/", user
        self.line = http.client.HTTPConnection(self.netloc, timeout=120)
        self.context: dict[str, Any] = {}
        self.session, self.password = "", password
        self.sign_in()
        self.refresh()

    def sign_in(self) -> None:
        self.session = ""
        key = self._send("common.db.login", [self.user, {"password": self.password}, "en"])
        self.session = base64.b64encode(f"{self.user}:{key[0]}:{key[1]}".encode()).decode()

    def refresh(self) -> None:
        """Take the user's preferences (the company among them) as the context of every later call."""
        self.context = self._send("model.res.user.get_preferences", [True, {}])

    def _send(self, method: str, params: list[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": params}, default=pack)
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip", "Connection": "close"}
        if self.session:
            headers["Authorization"] = "Session " + self.session
        self.line.request("POST", self.path, body, headers)
        answer = self.line.getresponse()
        raw = answer.read()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        if answer.status == 401 and self.session:  # a session that was idle for minutes is over: once more
            self.sign_in()
            return self._send(method, params)
        if answer.status != 200:
            raise Refused(f"{method}: HTTP {answer.status} {raw[:300]!r}")
        content = json.loads(raw)
        if "error" in content:
            raise Refused(f"{method}{params[:1]}: {content['error']}")
        return content["result"]

    def call(self, model: str, method: str, *params: Any, **context: Any) -> Any:
        return self._send(f"model.{model}.{method}", [*params, {**self.context, **context}])

    def create(self, model: str, **values: Any) -> int:
        return int(self.call(model, "create", [values])[0])

    def create_many(self, model: str, rows: list[dict[str, Any]]) -> list[int]:
        return list(self.call(model, "create", rows)) if rows else []

    def write(self, model: str, ids: list[int], **values: Any) -> None:
        self.call(model, "write", ids, values)

    def find(self, model: str, domain: list[Any], fields: list[str], **context: Any) -> list[dict[str, Any]]:
        return list(self.call(model, "search_read", domain, 0, None, [["id", "ASC"]], fields, **context))

    def id_of(self, model: str, domain: list[Any]) -> int:
        found = self.find(model, domain, ["id"])
        if not found:
            raise Refused(f"{model} {domain}: not found")
        return int(found[0]["id"])

    def press(self, model: str, button: str, ids: list[int]) -> Any:
        return self.call(model, button, ids)
