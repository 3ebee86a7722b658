"""Recorded exchanges with real systems: kept as JSON, replayed both ways.

A sample holds every call that the adapter made and what the system answered. Replaying checks our side (the same
calls come out) and theirs (the same records are read out of the answers). `python -m tests.connectors.record_tryton`
makes them anew from a real server.
"""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.base import Exchange, Reply
from connectors.http import Trace

SAMPLES = Path(__file__).parent / "samples"


def plain(value: Any) -> Any:
    """A result as JSON can hold it; raw rows are left out, they stand in the answer."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {name: part for name, part in asdict(value).items() if name != "raw"}
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, datetime | date | Decimal):
        return str(value)
    return value


TOLD = {"x-csrf-token", "etag"}  # what an answer says beside its body


def named(trace: Trace) -> dict[str, str]:
    return {name.lower(): value for name, value in trace.response_headers.items()}


def keep(name: str, traces: list[Trace], base_url: str, result: Any) -> None:
    calls = [
        {
            "method": trace.method,
            "path": trace.url.removeprefix(base_url),
            "body": trace.request_body.decode(),
            "status": trace.status,
            **(
                {"headers": kept}
                if (kept := {name: value for name, value in named(trace).items() if name in TOLD})
                else {}
            ),
            "content_type": trace.response_headers.get("Content-Type", trace.response_headers.get("content-type", "")),
            "answer": trace.response_body.decode(),
        }
        for trace in traces
    ]
    path = SAMPLES / f"{name}.json"
    path.write_text(json.dumps({"calls": calls, "result": plain(result)}, indent=1, ensure_ascii=False) + "\n")


def replay(name: str, exchange: Exchange[Any]) -> None:
    """Fails where the adapter asks something else, or reads something else, than when the sample was taken."""
    sample = json.loads((SAMPLES / f"{name}.json").read_text())
    reply: Reply | None = None
    for taken in sample["calls"]:
        call = next(exchange) if reply is None else exchange.send(reply)
        assert (call.method, call.path, call.body.decode()) == (taken["method"], taken["path"], taken["body"])
        reply = Reply(
            taken["status"],
            {"content-type": taken["content_type"], **taken.get("headers", {})},
            taken["answer"].encode(),
        )
    try:
        call = next(exchange) if reply is None else exchange.send(reply)
    except StopIteration as done:
        assert plain(done.value) == sample["result"]
    else:
        raise AssertionError(f"one call more than recorded: {call.method} {call.path}")
