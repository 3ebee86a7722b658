"""The MES's line to the QMS: one call, honest or with a fault on the way."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20


class Lost(Exception):
    """No answer came, or it was thrown away: whether the call had an effect is not known."""


@dataclass(frozen=True)
class Told:
    status: int
    content: Any


@dataclass
class Line:
    """`base_url` of the QMS, `token` of the MES. `seconds`: how long a slow body or a half-open line takes."""

    base_url: str
    token: str
    seconds: float = 3.0

    def call(self, method: str, path: str, body: Any = None, fault: str = "") -> Told:
        """Raises Lost."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if fault == "drop_before":
            raise Lost("it was lost on its way")
        told = self._exchange(method, path, content, fault)
        if fault == "duplicate":
            told = self._exchange(method, path, content, "")
        if fault == "drop_after":
            raise Lost("the answer was lost")
        return told

    def _exchange(self, method: str, path: str, body: bytes, fault: str) -> Told:
        parts = urlsplit(self.base_url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
        try:
            self._ask(line, method, parts.path + path, body, fault)
            answer = line.getresponse()
            return Told(answer.status, _read(answer.read()))
        except (OSError, http.client.HTTPException) as away:
            raise Lost(f"{type(away).__name__}: {away}") from away
        finally:
            line.close()

    def _ask(self, line: http.client.HTTPConnection, method: str, path: str, body: bytes, fault: str) -> None:
        line.putrequest(method, path)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content-Length": str(len(body)),
        }
        if body:
            headers["Content-Type"] = (
                "application/cloudevents+json" if path.endswith("/mes/events") else "application/json"
            )
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        if fault == "half_open":
            line.send(body[: len(body) // 2])
            time.sleep(self.seconds)
            raise Lost("the line broke in the middle of the body")
        if fault != "slow_body":
            line.send(body)
            return
        step = max(1, len(body) // 20)
        for start in range(0, len(body), step):
            line.send(body[start : start + step])
            time.sleep(self.seconds / 20)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {"detail": body[:300].decode(errors="replace")}
