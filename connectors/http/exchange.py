"""Drives an adapter's exchange against a server."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
import urllib3

from connectors.base import Call, ConnectorError, Exchange, Permanent, Reply, Temporary

T = TypeVar("T")

MAX_CALLS = 10_000  # of one exchange: an adapter that goes round in circles ends here
MAX_BYTES = 32 * 1024 * 1024
SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-csrf-token"}
)
HIDDEN = "***"
TRY_LATER = {408, 425, 429}
TRACEBACKS = ("debug", "exc", "traceback")  # members of an ERP's errors that tell its paths: never kept
MARKS = tuple(f'"{name}"'.encode() for name in TRACEBACKS)
BROKEN_LINE = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True)
class Trace:
    """One call as it may be kept for people to read: secrets are gone. `status` 0 means that no answer came."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes
    seconds: float
    problem: str


Recorder = Callable[[Trace], None]


def run(
    exchange: Exchange[T],
    *,
    base_url: str,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = (3.05, 30.0),
    recorder: Recorder | None = None,
    session: requests.Session | None = None,
    max_bytes: int = MAX_BYTES,
) -> T:
    """Send every call that the exchange yields and return its result. `timeout`: connect and read, in seconds.

    Raises Temporary (network, 408, 425, 429, 5xx) and whatever the adapter makes of other answers. A Temporary says
    nothing about whether the last call took effect: the adapter's next exchange has to find that out.
    """
    if not base_url.startswith(("http://", "https://")):
        raise Permanent("bad_address", f"{base_url} is not an http or https address.")
    line = session or Line()
    try:
        return _drive(exchange, Sender(line, base_url.rstrip("/"), dict(headers or {}), timeout, recorder, max_bytes))
    finally:
        exchange.close()
        if session is None:
            line.close()


def _drive(exchange: Exchange[T], sender: Sender) -> T:
    try:
        call = next(exchange)
        for _ in range(MAX_CALLS):
            try:
                reply = sender.send(call)
            except ConnectorError as problem:
                call = exchange.throw(problem)
            else:
                call = exchange.send(reply)
    except StopIteration as done:
        result: T = done.value
        return result
    raise Permanent("endless", f"The exchange did not end after {MAX_CALLS} calls.")


class Line(requests.Session):
    """A connection that may be kept for several exchanges; pass it to `run`."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # a .netrc would replace the Authorization header, a proxy would see the traffic

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the whole body of a redirect, of any size, even where it does not follow it."""


@dataclass(frozen=True)
class Sender:
    """Carries the calls of one exchange over its session; each answer, or the lack of one, goes to the recorder."""

    session: requests.Session
    base_url: str
    headers: dict[str, str]
    timeout: tuple[float, float]
    recorder: Recorder | None
    max_bytes: int

    def send(self, call: Call) -> Reply:
        started, reply, problem = time.monotonic(), None, None
        try:
            reply = self.ask(call)
            _check_status(reply)
        except ConnectorError as error:
            problem = error
        if self.recorder:
            self.recorder(self._trace(call, reply, time.monotonic() - started, problem))
        if problem:
            raise problem
        assert reply is not None
        return reply

    def ask(self, call: Call) -> Reply:
        """One request and its whole answer, whatever its status. Raises Temporary or Permanent when there is none."""
        if not call.path.startswith("/") or call.path.startswith("//"):
            raise Permanent("bad_path", f"{call.path} is not a path.")
        try:
            with self.session.request(
                call.method,
                self.base_url + call.path,
                headers={"Accept-Encoding": "gzip", **self.headers, **call.headers},
                data=call.body or None,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = self._read(answer, time.monotonic() + 4 * self.timeout[1])
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status_code, named, body)
        except requests.exceptions.InvalidURL as error:
            raise Permanent("bad_address", f"{self.base_url} is not a usable address.") from error
        except BROKEN_LINE as error:
            raise Temporary("unreachable", f"{self.base_url} did not answer: {type(error).__name__}.") from error

    def _read(self, answer: requests.Response, until: float) -> bytes:
        """The whole body, decompressed. Compression is recognised by the body and not by the label: Tryton labels
        plain bodies as gzip when the client did not offer it or a proxy took the offer away."""
        parts, size = [], 0
        for part in iter(lambda: answer.raw.read(65536, decode_content=False), b""):
            size += len(part)
            if size > self.max_bytes:
                raise Permanent("too_large", f"The answer is larger than {self.max_bytes} bytes.")
            if time.monotonic() > until:
                raise Temporary("too_slow", "The answer came too slowly.")
            parts.append(part)
        return self._inflate(b"".join(parts))

    def _inflate(self, body: bytes) -> bytes:
        if not body.startswith(b"\x1f\x8b"):
            return body
        stream = zlib.decompressobj(wbits=31)
        try:
            plain = stream.decompress(body, self.max_bytes)
        except zlib.error as error:
            raise Temporary("garbled_answer", "The compressed answer is broken.") from error
        if stream.unconsumed_tail:
            raise Permanent("too_large", f"The answer is larger than {self.max_bytes} bytes.")
        if not stream.eof:
            raise Temporary("garbled_answer", "The compressed answer is cut short.")
        return plain

    def _trace(self, call: Call, reply: Reply | None, seconds: float, problem: ConnectorError | None) -> Trace:
        hidden = HIDDEN.encode()
        return Trace(
            method=call.method,
            url=self.base_url + call.path,
            request_headers=_redacted({**self.headers, **call.headers}),
            request_body=hidden if call.is_secret else call.body,
            status=reply.status if reply else 0,
            response_headers=_redacted(reply.headers) if reply else {},
            response_body=(hidden if call.is_secret else _without_tracebacks(reply.body)) if reply else b"",
            seconds=seconds,
            problem=str(problem) if problem else "",
        )


def _redacted(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: HIDDEN if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def _without_tracebacks(body: bytes) -> bytes:
    """A body as it may be kept: an ERP's traceback is nobody's business here."""
    if not any(mark in body for mark in MARKS):
        return body
    try:
        return json.dumps(_hidden(json.loads(body, parse_float=str))).encode()
    except (ValueError, RecursionError):
        return HIDDEN.encode()


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name in TRACEBACKS else _hidden(part) for name, part in value.items()}
    return [_hidden(part) for part in value] if isinstance(value, list) else value


def _check_status(reply: Reply) -> None:
    if reply.status in TRY_LATER or reply.status >= 500:
        after = retry_after(reply)
        raise Temporary("busy" if reply.status in TRY_LATER else "server_error",
                        f"The server answered HTTP {reply.status}.", retry_after=after)  # fmt: skip
    if 300 <= reply.status < 400:
        raise Permanent("redirected", "The server sent us to another address; correct the address of the connection.")


def retry_after(reply: Reply) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3), limited to an hour."""
    value = reply.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), 3600.0)
