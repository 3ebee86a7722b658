"""Systems of record: what another system masters is taken over neither from a push nor from a reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from connectors.models import Interface
from qms.lib.errors import Conflict
from qms.masterdata import ownership
from qms.masterdata.specs import SPECS

from .rows import LINES


def foreign(interface: Interface) -> dict[str, str]:
    """Objects that another system masters here, each with the sentence that says so."""
    owners = ownership.of(interface.site_id)
    rules = {name: owners.rule(name, ownership.ALL) for name in SPECS}
    return {
        name: _sentence(interface, name, rule.owner_shown)
        for name, rule in rules.items()
        if rule and not rule.allows(interface.kind, interface.code)
    }


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
    words = {
        "refused": _("%(count)s values of %(object)s.%(field)s were refused: the field belongs to %(owner)s."),
        "logged": _(
            "%(count)s values of %(object)s.%(field)s were noted and not taken over: the field belongs to %(owner)s."
        ),
    }
    return [
        words[rule.otherwise] % {"count": count, "object": object, "field": field, "owner": rule.owner_shown}
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
                hint=_(
                    "Send them from there, or let two people put another edition of the system-of-record matrix into use."
                ),
                code="not_master",
            )
