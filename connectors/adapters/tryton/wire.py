"""Two ways to speak to Tryton, with the same three acts: REST with a key (8.0 and later) and JSON-RPC with a session.

Numbers are read as Decimal from the text of the answer and never pass through binary floating point.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlencode

from connectors.adapters.tryton.values import pack
from connectors.base import Call, Exchange, Permanent, Reply, Settings, Temporary

Row: TypeAlias = dict[str, Any]
Domain: TypeAlias = list[Any]
BY_ID = (("id", "ASC"),)
NO_CONTEXT: Mapping[str, Any] = {}
REFUSALS = {
    401: ("not_signed_in", "The ERP does not accept the account or key of this connection."),
    403: ("not_allowed", "The ERP does not let this account do that."),
    404: ("not_found", "The ERP does not know this database or record."),
}


class Wire(Protocol):
    def search(
        self,
        model: str,
        domain: Domain,
        fields: tuple[str, ...],
        limit: int,
        order: Any = BY_ID,
        context: Mapping[str, Any] = NO_CONTEXT,
    ) -> Exchange[list[Row]]:
        """Rows with their nested rows as plain dictionaries; inactive rows too. `context`: what computed fields need,
        such as the locations that a quantity is asked for."""

    def create(self, model: str, values: Mapping[str, Any]) -> Exchange[int]:
        """The new row's id."""

    def press(self, model: str, button: str, record: int) -> Exchange[None]:
        """Press a button. Success here says nothing about its effect: read the state back."""


def parse(reply: Reply) -> Any:
    try:
        return json.loads(reply.body, parse_float=Decimal) if reply.body else None
    except ValueError as error:  # a proxy's page, or half an answer; whether the call took effect is unknown
        raise Temporary("garbled_answer", "The ERP's answer is not JSON.") from error


def encode(value: Any) -> bytes:
    return json.dumps(pack(value), separators=(",", ":")).encode()


def _check(reply: Reply) -> None:
    if reply.status in (200, 204):
        return
    if reply.status == 409:
        raise Temporary("changed_meanwhile", "The record was changed in the ERP at the same moment.")
    if reply.status in REFUSALS:
        raise Permanent(*REFUSALS[reply.status])
    told = parse(reply) if reply.headers.get("content-type", "").startswith("application/json") else None
    if reply.status == 400 and isinstance(told, dict):
        text = " ".join(str(told[key]) for key in ("message", "description") if told.get(key))
        if text:
            raise Permanent("refused", text)
        raise needs_person()
    raise Permanent("unexpected", f"The ERP answered HTTP {reply.status}.")


def needs_person() -> Permanent:
    return Permanent("needs_person", "The ERP wants a person to answer a question first.")


class Rest:
    """A key of the application "REST API", bound to a user. No session, no sign-in."""

    def __init__(self, settings: Settings, memory: dict[str, Any]) -> None:
        self.root, self.key = "/" + quote(settings["database"], safe="") + "/rest/model/", settings["rest_key"]
        self.company, self.memory = settings.get("company"), memory

    def _ask(self, method: str, path: str, context: Mapping[str, Any], body: Any = None) -> Exchange[Any]:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "X-Tryton-Context": base64.urlsafe_b64encode(encode(context)).decode(),
        }
        if method == "POST":
            headers["Content-Type"] = "application/json"
        reply = yield Call(method, self.root + path, headers, b"" if body is None else encode(body))
        _check(reply)
        return parse(reply)

    def _context(self) -> Exchange[dict[str, Any]]:
        """The company has to be named: without it Tryton reads costs as empty and stock as zero, without an error."""
        name = "company " + hashlib.sha256(f"{self.root}{self.key}".encode()).hexdigest()
        company = self.company or self.memory.get(name)
        if company is None:
            rows = yield from self._ask("GET", _query("company.company", [], ("id",), 2, BY_ID), {"active_test": False})
            if len(rows) != 1:
                raise Permanent("company_unclear", "Name the company (its id) in the settings of this connection.")
            company = self.memory[name] = rows[0]["id"]
        return {"company": company, "active_test": False, "language": "en"}

    def search(
        self,
        model: str,
        domain: Domain,
        fields: tuple[str, ...],
        limit: int,
        order: Any = BY_ID,
        context: Mapping[str, Any] = NO_CONTEXT,
    ) -> Exchange[list[Row]]:
        whole = {**(yield from self._context()), **context}
        rows = yield from self._ask("GET", _query(model, domain, fields, limit, order), whole)
        return list(rows)

    def create(self, model: str, values: Mapping[str, Any]) -> Exchange[int]:
        context = yield from self._context()
        row = yield from self._ask("POST", model, context, values)
        return int(row["id"])

    def press(self, model: str, button: str, record: int) -> Exchange[None]:
        context = yield from self._context()
        row = yield from self._ask("POST", f"{model}/{record}/{button}", context, {})
        if not isinstance(row, dict) or row.get("id") != record:
            raise needs_person()


def _query(model: str, domain: Domain, fields: tuple[str, ...], limit: int, order: Any) -> str:
    pairs = [("d", base64.urlsafe_b64encode(encode(domain)).decode()), ("s", str(limit))]
    pairs += [("o", base64.urlsafe_b64encode(encode(order)).decode()), *(("f", name) for name in fields)]
    return f"{model}?{urlencode(pairs)}"


class Rpc:
    """A user and a password. The session is kept between exchanges; it is bound to our address by the server."""

    def __init__(self, settings: Settings, memory: dict[str, Any]) -> None:
        self.path = "/" + quote(settings["database"], safe="") + "/rpc/"
        self.user, self.password, self.memory = settings["user"], settings["password"], memory
        secret = f"{self.path}{self.user}{self.password}"
        self.name = "session " + hashlib.sha256(secret.encode()).hexdigest()
        self.company = settings.get("company")

    def _send(self, method: str, params: list[Any], *, session: str = "", is_secret: bool = False) -> Exchange[Reply]:
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = "Session " + session
        body = encode({"id": 1, "method": method, "params": params})
        reply = yield Call("POST", self.path, headers, body, is_secret=is_secret)
        return reply

    def _sign_in(self) -> Exchange[tuple[str, dict[str, Any]]]:
        """Once for many exchanges: it takes the server a tenth of a second, and repeated failures lock the account."""
        reply = yield from self._send("common.db.login", [self.user, {"password": self.password}, "en"], is_secret=True)
        user, token, *_ = _result(reply)
        session = base64.b64encode(f"{self.user}:{user}:{token}".encode()).decode()
        reply = yield from self._send("model.res.user.get_preferences", [True, {}], session=session)
        context = {**_result(reply), "active_test": False, "language": "en"}
        if self.company:
            context["company"] = self.company
        self.memory[self.name] = session, context
        return session, context

    def _ask(self, model: str, method: str, *params: Any, more: Mapping[str, Any] = NO_CONTEXT) -> Exchange[Any]:
        known = self.memory.get(self.name)
        session, context = known or (yield from self._sign_in())
        call = f"model.{model}.{method}"
        reply = yield from self._send(call, [*params, {**context, **more}], session=session)
        if reply.status == 401 and known:  # the session ended: sign in once, repeat once (nothing was carried out)
            self.memory.pop(self.name, None)
            session, context = yield from self._sign_in()
            reply = yield from self._send(call, [*params, {**context, **more}], session=session)
        return _result(reply)

    def search(
        self,
        model: str,
        domain: Domain,
        fields: tuple[str, ...],
        limit: int,
        order: Any = BY_ID,
        context: Mapping[str, Any] = NO_CONTEXT,
    ) -> Exchange[list[Row]]:
        rows = yield from self._ask(model, "search_read", domain, 0, limit, order, fields, more=context)
        return [_without_dots(row) for row in rows]

    def create(self, model: str, values: Mapping[str, Any]) -> Exchange[int]:
        made = yield from self._ask(model, "create", [values])
        return int(made[0])

    def press(self, model: str, button: str, record: int) -> Exchange[None]:
        answer = yield from self._ask(model, button, [record])
        if isinstance(answer, dict):  # an action for the ERP's own client: a wizard, a form; nothing has happened
            raise needs_person()


def _without_dots(value: Any) -> Any:
    """`"product.": {...}` becomes `"product": {...}`, as REST has it."""
    if isinstance(value, list):
        return [_without_dots(part) for part in value]
    if not isinstance(value, dict):
        return value
    nested = {key[:-1]: _without_dots(part) for key, part in value.items() if key.endswith(".")}
    return {key: part for key, part in value.items() if not key.endswith(".")} | nested


def _result(reply: Reply) -> Any:
    """JSON-RPC reports most errors with HTTP 200."""
    _check(reply)
    answer = parse(reply)
    if not isinstance(answer, dict) or not ({"result", "error"} & answer.keys()):
        raise Temporary("garbled_answer", "The ERP's answer is not an envelope.")
    if answer.get("error") is None:
        return answer.get("result")
    kind, *rest = answer["error"]
    if kind == "UserError":
        raise Permanent("refused", " ".join(str(part) for part in rest[0][:2] if part))
    if kind == "UserWarning":
        raise Permanent("needs_person", str(rest[0][1]))
    if kind == "ConcurrencyException":
        raise Temporary("changed_meanwhile", str(rest[0]))
    if kind == "'res.user'":  # the server has not loaded the database yet
        raise Temporary("starting", "The ERP is starting.")
    raise Permanent("fault", f"The ERP reported a fault: {kind}")
