"""JSON-RPC 2.0: one address, the envelope, and errors that come with HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.adapters.protocols.answers import at, encode, parse, refuse
from connectors.base import Call, Exchange, Permanent, Temporary

Refused = Callable[[str, str], None]  # of an error's name and words; raises what it means


def ask(
    path: str, method: str, params: Any, refused: Refused, *, headers: Mapping[str, str] = {}, is_secret: bool = False
) -> Exchange[Any]:  # fmt: skip
    """The result. A void method answers without `result`: that is success and None."""
    body = encode({"jsonrpc": "2.0", "method": method, "id": 1, "params": params})
    reply = yield Call("POST", path, {"Content-Type": "application/json", **headers}, body, is_secret=is_secret)
    told = parse(reply)
    if reply.status != 200:
        refuse(reply, at(told, "error.message", "message"))
    if not isinstance(told, dict) or "jsonrpc" not in told:
        raise Temporary("garbled_answer", "The ERP's answer is not an envelope.")
    if told.get("error") is None:
        return told.get("result")
    error = told["error"]
    refused(at(error, "data.name"), at(error, "data.message", "message"))
    raise Permanent("fault", at(error, "data.message", "message") or "The ERP reported a fault.")
