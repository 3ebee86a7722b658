"""docs/reference/events.md: every event with the type that it has outside, its sentence and its payload."""

import dataclasses
import types
import typing
from itertools import groupby
from typing import Any

from django.urls import get_resolver

from qms.journal import EVENTS, Event, Nothing

from .text import code, page, table

INTRO = (
    "The type is the name outside (webhooks, feed); `data` has the fields below. A version only grows: a field is added, never\n"
    "changed or dropped, and what would break a reader becomes a new version."
)
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", dict: "object", Any: "any"}


def render() -> str:
    get_resolver().url_patterns  # noqa: B018  the routes import every room, and so declare every event
    found = sorted(EVENTS.values(), key=lambda e: e.name)
    parts = [_group(name, list(events)) for name, events in groupby(found, key=lambda e: e.name.split(".")[0])]
    return page("Events", INTRO, *parts)


def _group(name: str, events: list[Event]) -> str:
    rows = table(("type", "sentence", "data"), ((code(e.type), str(e.sentence), _fields(e)) for e in events))
    return f"## {name}\n\n{rows}"


def _fields(event: Event) -> str:
    return ", ".join(f"{code(name)}: {kind}" for name, kind in schema(event).items()) or "–"


def schema(event: Event) -> dict[str, str]:
    """Field → JSON type. Raises TypeError for a type that canonical JSON does not have (a float)."""
    hints = typing.get_type_hints(event.payload)
    return {f.name: json_type(hints[f.name]) for f in dataclasses.fields(event.payload)}


def json_type(kind: Any) -> str:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (list, tuple):
        return f"array of {json_type(inner[0])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if each is type(None) else json_type(each) for each in inner)
    if origin is dict or kind is dict:
        return "object"
    if kind not in JSON_TYPES:
        raise TypeError(f"{kind!r} has no place in a payload")
    return JSON_TYPES[kind]


__all__ = ["Nothing", "json_type", "render", "schema"]
