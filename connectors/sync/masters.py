"""Systems of record: what another system masters is taken over neither from a push nor from a reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from connectors.models import Interface, Mastership
from qms.lib.errors import Conflict

from .rows import LINES


def foreign(interface: Interface) -> dict[str, str]:
    """Objects that another system masters here, each with the sentence that says so."""
    told = Mastership.objects.filter(interface=interface).exclude(master=interface.kind).order_by("object")
    return {row.object: _sentence(interface, row) for row in told}


def _sentence(interface: Interface, row: Mastership) -> str:
    words = {"object": row.object, "master": row.get_master_display(), "interface": interface.name}
    return _("%(interface)s may not change %(object)s: their system of record is %(master)s.") % words


def check(interface: Interface, object: str, given: Iterable[Any] = ()) -> None:
    """Raises Conflict when another system is the master of the object, or of lines that one of the members brings."""
    not_ours = foreign(interface)
    members = [member for member in given if isinstance(member, dict)]
    lines = [kind.object for kind in LINES.get(object, ()) if any(m.get(kind.attribute) for m in members)]
    for name in (object, *lines):
        if name in not_ours:
            raise Conflict(
                not_ours[name],
                hint=_("Send them from there, or let the owner of the interface change the system of record."),
                code="not_master",
            )
