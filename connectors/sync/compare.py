"""What differs between what we hold and what was told, member by member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from qms.lib import canonical

MOST, LONGEST = 40, 200
APART = {"changed_at", "external_id"}
Difference = list[str]  # name, old, new


def differences(held: Mapping[str, Any], told: Mapping[str, Any]) -> list[Difference]:
    """[name, old, new] of each member; what only the received row has is looked at when nothing of ours differs."""
    new = json.loads(canonical.dumps({name: value for name, value in told.items() if name not in APART}))
    old = {name: value for name, value in held.items() if name not in APART}
    ours = _differ({k: v for k, v in old.items() if k != "raw"}, {k: v for k, v in new.items() if k != "raw"})
    return (ours or _differ({"raw": old.get("raw")}, {"raw": new.get("raw")}))[:MOST]


def _differ(old: Any, new: Any) -> list[Difference]:
    before, after = dict(_leaves(old)), dict(_leaves(new))
    names = [*before, *(name for name in after if name not in before)]
    return [[name, before.get(name, ""), after.get(name, "")] for name in names if before.get(name) != after.get(name)]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Dotted path and text of everything inside."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for position, part in enumerate(value, start=1):
            yield from _leaves(part, f"{name}.{position}")
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value))[:LONGEST]
