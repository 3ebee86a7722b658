"""Names of files: <interface>_<site>_<UTC yyyymmddThhmmssZ>_<number>.<extension>; a number that jumps means a missing file."""

from __future__ import annotations

import re
from typing import Any

from connectors.models import Interface

from . import alarms, memory

NAME = re.compile(r"(?P<sender>.+)_(?P<site>[^_]+)_(?P<at>\d{8}T\d{6}Z)_(?P<number>\d{1,18})\.(?P<ending>\w+)")
MOST_MISSING = 1000


def known(name: str) -> re.Match[str] | None:
    return NAME.fullmatch(name)


def sequence(name: str) -> int | None:
    found = known(name)
    return int(found["number"]) if found else None


def order(name: str) -> tuple[str, int, str]:
    found = known(name)
    return (f"{found['sender']}_{found['site']}", int(found["number"]), name) if found else ("", 0, name)


def follow(interface: Interface, name: str) -> None:
    """Remember the highest number of each sender, and which of those below it never came."""
    if (found := known(name)) is None:
        return
    sender, number = f"{found['sender']}_{found['site']}", int(found["number"])
    kept = memory.recall(interface, "sequence")
    held: dict[str, Any] = kept.get(sender) or {"last": number - 1, "missing": []}
    last, missing = held["last"], set(held["missing"])
    if number > last + 1:
        missing |= set(range(last + 1, min(number, last + 1 + MOST_MISSING)))
        told = {"sender": sender, "last": last, "now": number, "count": number - last - 1}
        alarms.raise_alarm(interface, "missing", sender, **told)
    missing.discard(number)
    if not missing:
        alarms.over(interface, "missing", sender)
    memory.keep(interface, "sequence", {**kept, sender: {"last": max(last, number), "missing": sorted(missing)}})
