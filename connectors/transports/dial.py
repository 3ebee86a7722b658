"""The one way out for transports: to hosts that the plant allows, and to the very address that was checked (no DNS rebinding)."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings

from connectors.base import Permanent, Temporary
from connectors.http import Allowed
from connectors.http.posts import resolved

CONNECT_SECONDS = 10.0


def allowed() -> Allowed:
    try:
        return Allowed.parse(settings.INTERFACE_TARGETS)
    except ValueError as wrong:
        raise Permanent("settings", f"QMS_INTERFACE_TARGETS: {wrong}.") from None


def places(host: str, port: int, *, sealed: bool) -> list[Any]:
    """What the name service says, each of it allowed. `sealed`: encrypted, as public addresses have to be."""
    try:
        return resolved("https" if sealed else "http", host, port, allowed())
    except Permanent as refused:
        told = f"{refused.message} An administrator opens targets with QMS_INTERFACE_TARGETS."
        raise Permanent(refused.code, told) from None


def dial(host: str, port: int, *, sealed: bool, seconds: float = CONNECT_SECONDS) -> socket.socket:
    last: OSError | None = None
    for family, kind, protocol, _name, place in places(host, port, sealed=sealed):
        line = socket.socket(family, kind, protocol)
        line.settimeout(seconds)
        try:
            line.connect(place)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line
        except OSError as away:
            line.close()
            last = away
    raise Temporary("unreachable", f"{host}:{port} did not answer: {type(last).__name__}.")
