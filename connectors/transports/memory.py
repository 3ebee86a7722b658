"""What a transport remembers between two looks, one row per thing (SyncCursor)."""

from __future__ import annotations

from typing import Any

from connectors.models import Interface, SyncCursor


def recall(interface: Interface, what: str) -> dict[str, Any]:
    held = SyncCursor.objects.filter(interface=interface, object=what).values_list("cursor", flat=True).first()
    return dict(held or {})


def keep(interface: Interface, what: str, value: dict[str, Any]) -> None:
    SyncCursor.objects.update_or_create(interface=interface, object=what, defaults={"cursor": value})
