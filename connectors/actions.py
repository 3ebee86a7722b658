"""What can be done with an interface. Each act stands in its timeline; secrets never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import Interface, InterfaceState, Kind, Mode
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib import crypto
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.records.actions import check_reason

OPERATE = "interface.operate"


def connect(
    *,
    code: str,
    name: str,
    kind: Kind,
    adapter: str,
    base_url: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    site: Site,
    mode: Mode,
    by: Any,
    owner: Any = None,
    purpose: str = "",
) -> tuple[Interface, bool]:
    """Make the interface, or bring it up to date. Nothing is written when all is as it was. Returns it and whether
    something changed. For the system and its commands: a person's right is not asked here."""
    held = Interface.objects.filter(code=code).first()
    row = held or Interface(code=code, kind=kind, site=site, name=name, purpose=purpose, owner=owner)
    wanted = {"adapter": adapter, "base_url": base_url, "settings": dict(settings), "mode": mode}
    if held and _secrets(held) == dict(secrets) and all(getattr(held, k) == v for k, v in wanted.items()):
        return held, False
    for field, value in wanted.items():
        setattr(row, field, value)
    row.credentials = crypto.seal(secrets)
    with journal.act(events.CONNECTED, by=by) as act:
        row.save()
        InterfaceState.objects.get_or_create(interface=row)
        act.record(row, events.Connected(code, adapter, base_url, mode, sorted(secrets)))
    return row, True


def _secrets(interface: Interface) -> dict[str, Any] | None:
    """None when no key opens them any more; they are then sealed anew."""
    try:
        return crypto.unseal(interface.credentials)
    except crypto.KeyMissing:
        return None


def plan_sync(*, interface: Interface) -> None:
    """The scheduler rings for it within a second."""
    InterfaceState.objects.update_or_create(interface=interface, defaults={"next_sync_at": Now()})


def pause(*, interface: Interface, by: Any, reason: str) -> Interface:
    """Nothing is read and nothing is sent until it is resumed; what is asked for meanwhile waits."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.PAUSED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if row.paused_at:
            raise Conflict(_("%(interface)s is paused already.") % {"interface": row.name}, code="paused")
        row.paused_at = now()
        row.save(update_fields=["paused_at"])
        act.record(row, events.Switched(row.code, row.mode))
    return row


def resume(*, interface: Interface, by: Any, reason: str) -> Interface:
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.RESUMED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if not row.paused_at:
            raise Conflict(_("%(interface)s is not paused.") % {"interface": row.name}, code="not_paused")
        row.paused_at = None
        row.save(update_fields=["paused_at"])
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def switch(*, interface: Interface, mode: Mode, by: Any, reason: str) -> Interface:
    """Off: nothing moves. Observe: it is read and messages are applied, nothing is sent. Live: both ways."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.SWITCHED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        row.mode = mode
        row.save(update_fields=["mode"])
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def _read_soon(interface: Interface) -> None:
    if interface.kind == Kind.ERP and interface.mode != Mode.OFF:
        plan_sync(interface=interface)
