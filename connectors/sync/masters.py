"""Systems of record: what another system masters is taken over neither from a push nor from a reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from connectors.models import Interface, Mastership
from qms.lib.errors import Conflict
from qms.masterdata import ownership
from qms.masterdata.specs import SPECS

from .rows import LINES


def foreign(interface: Interface) -> dict[str, str]:
    """Objects that another system masters here, each with the sentence that says so."""
    owners = ownership.of(interface.site_id)
    found = {}
    for name in SPECS:
        rule = owners.rule(name, ownership.ALL)
        if rule and not rule.allows(interface.kind, interface.code):
            found[name] = _sentence(interface, name, rule.owner_shown)
    told = Mastership.objects.filter(interface=interface).order_by("object")
    for row in told:  # said of this interface in particular
        found.pop(row.object, None)
        if row.master != interface.kind:
            found[row.object] = _sentence(interface, row.object, row.get_master_display())
    return found


def kept(interface: Interface) -> dict[str, frozenset[str]]:
    """Object → fields that the interface may not write though it writes the object."""
    owners = ownership.of(interface.site_id)
    own = (interface.kind, interface.code)
    found = {name: owners.kept(name, spec.columns, *own) for name, spec in SPECS.items()}
    whole = {name for name in SPECS if owners.verdict(name, ownership.ALL, *own)}
    return {name: fields for name, fields in found.items() if fields and name not in whole}


def noted(counts: Mapping[tuple[str, str], int], site_id: int | None) -> list[str]:
    """What was left as it stood here, in words."""
    owners = ownership.of(site_id) if counts else None
    told = _("%(count)s values of %(object)s.%(field)s were not taken over: the field belongs to %(owner)s.")
    return [
        told % {"count": count, "object": object, "field": field, "owner": rule.owner_shown if rule else "–"}
        for (object, field), count in counts.items()
        if owners and (rule := owners.rule(object, field)) is not None
    ]


def _sentence(interface: Interface, object: str, master: Any) -> str:
    words = {"object": object, "master": master, "interface": interface.name}
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
