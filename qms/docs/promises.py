"""docs/reference/promises.json: what each event has promised to the outside, type by type. It only grows (contract.md).

Generated like the other pages, but what once stands in it is never taken out by generating: a field that is gone or of another
kind is a broken promise, and needs a new version of the event instead.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from qms.journal import EVENTS

from .events import schema

NAME = "promises.json"


def path() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "reference" / NAME


def promised() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(path().read_text()) if path().exists() else {}
    return found


def present() -> dict[str, dict[str, str]]:
    get_resolver().url_patterns  # noqa: B018  the routes import every room, and so declare every event
    return {event.type: schema(event) for event in EVENTS.values()}


def render() -> str:
    now, before = present(), promised()
    grown: dict[str, Any] = {name: {**now.get(name, {}), **before.get(name, {})} for name in {*now, *before}}
    return json.dumps(grown, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def broken(now: dict[str, dict[str, str]], before: dict[str, dict[str, str]]) -> list[str]:
    """What a reader outside would miss. A later version of an event may stand in for an earlier one."""
    lost = []
    for name, fields in before.items():
        if name not in now:
            stem = name.rpartition(".v")[0]
            if not any(other.rpartition(".v")[0] == stem for other in now):
                lost.append(f"{name} is no longer told")
            continue
        lost += [
            f"{name}: {field} was {kind}, is {now[name].get(field, 'gone')}"
            for field, kind in fields.items()
            if now[name].get(field) != kind
        ]
    return lost
