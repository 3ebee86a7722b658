"""Posts to addresses that people subscribe, and questions to identity providers: only where the plant allows it, to the very
address that was checked."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3

from connectors.base import ConnectorError, Permanent, Reply, Temporary

from .exchange import BROKEN_LINE, retry_after

POST_SECONDS, CONNECT_SECONDS, KEPT_ANSWER = 15.0, 5.0, 64 * 1024
# Addresses that carry an IPv4 address inside, perhaps a private one.
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))

GIVEN_BACK = float("inf")
LOOK_UP = socket.getaddrinfo


@dataclass(frozen=True)
class Allowed:
    """Where such a post may go. `is_public`: any public address, by https."""

    hosts: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    is_public: bool

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """ "public, mes.plant.example, *.plant.example, 10.1.0.0/16". Raises ValueError for a broken network."""
        hosts, networks = set(), []
        for word in (part.strip().lower() for part in text.split(",")):
            if word.replace(".", "").replace("/", "").isdigit() or ":" in word:
                networks.append(ipaddress.ip_network(word, strict=False))
            elif word:
                hosts.add(word)
        return cls(frozenset(hosts - {"public"}), tuple(networks), "public" in hosts)

    def names(self, host: str) -> bool:
        return host in self.hosts or any(h.startswith("*.") and host.endswith(h[1:]) for h in self.hosts)

    def refuses(self, scheme: str, host: str, address: str) -> str:
        """Why not, or ""."""
        ip: Any = ipaddress.ip_address(address.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if any(ip in network for network in self.networks if network.version == ip.version):
            return ""
        hidden = any(ip in network for network in TRANSLATED if network.version == ip.version)
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified or hidden:
            return f"{host} leads to {ip}, which no webhook may reach."
        if self.names(host.lower().rstrip(".")):
            return ""
        if not (self.is_public and ip.is_global):
            return f"{host} leads to {ip}, which is not on the list of allowed targets."
        return "" if scheme == "https" else f"{host} is reached by plain http; only https is allowed there."


def check_target(url: str, allowed: Allowed) -> None:
    """Raises Permanent or Temporary with a sentence when the address is malformed, unknown or not allowed."""
    scheme, host, port, _path = _target(url)
    resolved(scheme, host, port, allowed)


def _target(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Permanent("bad_address", f"{url} is not a usable address.") from None
    if parts.scheme not in ("http", "https") or not host or any(ord(c) < 33 or ord(c) > 126 for c in url):
        raise Permanent("bad_address", f"{url} is not an http or https address.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Permanent("bad_address", "The address may hold no user name, password or fragment.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path


def resolved(scheme: str, host: str, port: int, allowed: Allowed) -> list[Any]:
    """Every address of the host, each of them allowed."""
    try:
        found = LOOK_UP(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Temporary("unknown_host", f"{host} is not known to the name service.") from None
    for place in found:
        if why := allowed.refuses(scheme, host, str(place[4][0])):
            raise Permanent("forbidden_target", why)
    return list(found)


class _Dialled:
    """Connects to an address that was checked, never to what the name may mean a moment later (DNS rebinding)."""

    scheme = ""

    def __init__(self, *args: Any, allowed: Allowed, **options: Any) -> None:
        super().__init__(*args, **options)
        self.allowed, self.cut_at = allowed, GIVEN_BACK

    def _new_conn(self: Any) -> socket.socket:
        last: OSError | None = None
        for family, kind, protocol, _name, place in resolved(self.scheme, self.host, self.port, self.allowed):
            line = socket.socket(family, kind, protocol)
            line.settimeout(CONNECT_SECONDS)
            try:
                line.connect(place)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return line
            except OSError as away:
                line.close()
                last = away
        raise urllib3.exceptions.NewConnectionError(self, type(last).__name__)

    def request(self, *args: Any, **options: Any) -> Any:
        self.cut_at = time.monotonic() + POST_SECONDS
        _watched(self)
        return super().request(*args, **options)  # type: ignore[misc]


WATCH_SECONDS = 0.5
UNDER_WAY: weakref.WeakSet[Any] = weakref.WeakSet()
LOCK = threading.Lock()
WATCH: list[threading.Thread] = []  # the one that runs, in whichever process; a fork begins its own


def _watched(line: Any) -> None:
    """Whoever asks, in whatever process: somebody looks at the clock until the line is given back."""
    with LOCK:
        UNDER_WAY.add(line)
        if not (WATCH and WATCH[0].is_alive()):
            WATCH[:] = [threading.Thread(target=_watch, name="overdue posts", daemon=True)]
            WATCH[0].start()


def _watch() -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        with LOCK:
            _cut_overdue()
            if not UNDER_WAY:
                WATCH.clear()
                return


def _cut_overdue() -> None:
    """Ends what a receiver drags out byte by byte: no single read of it is late, the whole is."""
    for line in list(UNDER_WAY):
        if line.cut_at == GIVEN_BACK:
            UNDER_WAY.discard(line)
        elif time.monotonic() > line.cut_at:
            UNDER_WAY.discard(line)
            _cut(line.sock)


def _forked() -> None:
    """The lines are the parent's; it looks after them."""
    UNDER_WAY.clear()
    LOCK.release()


def _cut(held: socket.socket | None) -> None:
    if held is None:  # it broke and is closed already
        return
    with contextlib.suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)


os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=_forked)


class _Returned:
    """A line that is given back is not under way any more."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.cut_at = GIVEN_BACK
        super()._put_conn(conn)  # type: ignore[misc]


class _PlainLine(_Dialled, urllib3.connection.HTTPConnection):
    scheme = "http"


class _SealedLine(_Dialled, urllib3.connection.HTTPSConnection):
    scheme = "https"


class _PlainPool(_Returned, urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainLine


class _SealedPool(_Returned, urllib3.HTTPSConnectionPool):
    ConnectionCls = _SealedLine


@dataclass(frozen=True)
class Posted:
    """`status` 0: no answer came. `problem`: "" after 2xx, else a sentence."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int
    problem: str
    retry_after: float | None = None
    is_whole: bool = True  # the body is all of it; a longer or slower one is cut

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300


class Poster:
    """Posts from several threads, with lines kept open per host. No redirect is followed, no proxy asked."""

    def __init__(self, allowed: Allowed, *, most: int = KEPT_ANSWER) -> None:
        self.allowed, self.most = allowed, most
        self.pools: dict[tuple[str, str, int], Any] = {}
        self.trusted = ssl.create_default_context()
        self.trusted.load_verify_locations(certifi.where())

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Posted:
        return self.ask("POST", url, headers=headers, body=body)

    def get(self, url: str, *, headers: Mapping[str, str]) -> Posted:
        return self.ask("GET", url, headers=headers, body=None)

    def ask(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None) -> Posted:
        started = time.monotonic()
        try:
            scheme, host, port, path = _target(url)
            return self._ask(self._pool(scheme, host, port), method, path, headers, body, started)
        except ConnectorError as problem:
            return _unanswered(started, problem.message)
        except BROKEN_LINE as away:
            return _unanswered(started, f"The receiver did not answer: {_plainly(away)}.")

    def _pool(self, scheme: str, host: str, port: int) -> Any:
        key = (scheme, host, port)
        if key not in self.pools:
            options: dict[str, Any] = {"maxsize": 4, "allowed": self.allowed}
            if scheme == "https":
                self.pools[key] = _SealedPool(host, port, ssl_context=self.trusted, **options)
            else:
                self.pools[key] = _PlainPool(host, port, **options)
        return self.pools[key]

    def _ask(
        self, pool: Any, method: str, path: str, headers: Mapping[str, str], body: bytes | None, started: float
    ) -> Posted:
        answer = pool.urlopen(
            method, path, body=body, headers=dict(headers), redirect=False, retries=False, preload_content=False,
            assert_same_host=False, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=POST_SECONDS),
        )  # fmt: skip
        if (
            time.monotonic() > started + POST_SECONDS
        ):  # a line that was cut among the headers reads as an answer without a body
            answer.close()
            return _unanswered(started, "The receiver did not answer: it took too long.")
        kept, is_whole = _read(answer, started + POST_SECONDS, self.most)
        if not is_whole:
            answer.close()  # the rest is not read, so the line cannot be used again
        answer.release_conn()
        named = {name.lower(): value for name, value in answer.headers.items()}
        reply = Reply(answer.status, named, kept)
        took = round((time.monotonic() - started) * 1000)
        return Posted(reply.status, named, kept, took, _judged(reply), retry_after(reply), is_whole)

    def close(self) -> None:
        for pool in self.pools.values():
            pool.close()


def _read(answer: Any, until: float, most: int) -> tuple[bytes, bool]:
    parts, size = [], 0
    while part := answer.read1(KEPT_ANSWER):
        parts.append(part)
        size += len(part)
        if size >= most or time.monotonic() > until:
            return b"".join(parts)[:most], False
    return b"".join(parts), time.monotonic() <= until  # a line that was cut ends like a body without a length


def _unanswered(started: float, problem: str) -> Posted:
    return Posted(0, {}, b"", round((time.monotonic() - started) * 1000), problem)


def _judged(reply: Reply) -> str:
    if 200 <= reply.status < 300:
        return ""
    if 300 <= reply.status < 400:
        return f"The receiver redirects (HTTP {reply.status}), which is not followed; correct the address."
    return f"The receiver answered HTTP {reply.status}."


def _plainly(away: BaseException) -> str:
    words = {"ReadTimeoutError": "it took too long", "NewConnectionError": "no connection", "SSLError": "certificate"}
    return words.get(type(away).__name__, type(away).__name__)
