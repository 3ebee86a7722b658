"""What waits for a person, by cause: for the work list and for My work."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.inbox import worklist
from connectors.inbox.worklist import Group
from connectors.models import Interface
from connectors.queries.banners import trouble
from qms.accounts import access
from qms.insight.worklist import INTERFACE, Alert, Task

MOST = 20
# Of these nobody has to do anything: they go on by themselves.
QUIET = ("create", "type", "closed")


def waiting_causes(user: Any) -> list[Group]:
    return worklist.groups(user)


def open_causes(user: Any) -> list[Task]:
    """The causes that this person can settle, the largest first."""
    if not access.may(user, worklist.RESOLVE):
        return []
    found = [group for group in worklist.groups(user, limit=MOST) if group.kind not in QUIET]
    return [
        Task(
            kind=INTERFACE,
            asked=_("Settle for all its messages"),
            url=reverse("connectors:worklist"),
            label=f"{group.label} {group.name}".strip(),
            title=f"{group.sentence} ({group.count} × {group.system})",
            since=group.since,
        )
        for group in found
    ]


def alerts(user: Any) -> list[Alert]:
    """Interfaces that are paused, off, silent or do not answer, for those who see interfaces."""
    if not access.may(user, "interface.view"):
        return []
    rows = Interface.objects.visible_to(user).heard().select_related("state").order_by("code")
    return [
        Alert(interface.name, text, reverse("connectors:interface", args=[interface.code]))
        for interface in rows
        if (text := trouble(interface))
    ]
