"""What can be done with an interface. Each act stands in its timeline; secrets never do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings as django_settings
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import Interface, InterfaceState, Kind, Mode, SyncRun
from connectors.outbox import circuit
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.commands.choices import Ask
from qms.lib import crypto
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import check_reason

OPERATE = "interface.operate"
REGISTER = ("backup", "criticality", "agreement", "fallback", "validation", "escalate_after")
PUSH = "push"  # no adapter: the other side sends by itself, and confirms our postings


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
    something changed. For the system and its commands: a person's right is not asked here. The flows of a new one begin
    where the setting says (QMS_FIRST_STAGE): unless it is the demo plant's, nothing is live that nobody has signed for."""
    held = Interface.objects.filter(code=code).first()
    first = django_settings.FIRST_STAGE
    row = held or Interface(code=code, kind=kind, site=site, name=name, purpose=purpose, owner=owner, first_stage=first)
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
    return _pause(interface, by, reason)


def pause_all(*, by: Any, reason: str) -> list[Interface]:
    """By the system, after a restore: nothing leaves and nothing is read before a person has looked."""
    return [_pause(row, by, reason) for row in Interface.objects.filter(paused_at=None).exclude(mode=Mode.OFF)]


def _pause(interface: Interface, by: Any, reason: str) -> Interface:
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
        circuit.answered(row.pk)
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def switch(*, interface: Interface, mode: Mode, by: Any, reason: str) -> Interface:
    """Off: nothing moves. Observe: messages are kept, understood and not applied, postings are prepared and not sent; both
    move when it is live; an ERP is read and compared, and what would change is shown. Live: both ways."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.SWITCHED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if row.mode == mode:
            text = _("%(interface)s is in mode %(mode)s already.")
            raise Conflict(text % {"interface": row.name, "mode": row.get_mode_display()}, code="same_mode")
        row.mode = mode
        row.save(update_fields=["mode"])
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def believe_deletions(*, run: SyncRun, by: Any, reason: str) -> Interface:
    """What the reading did not believe may go, as many as it counted: the next reading compares everything and marks them.
    More than that is refused again. Raises Conflict when the reading refused nothing or another one has finished since."""
    access.check(by, OPERATE, run.interface)
    check_reason(reason)
    objects = ", ".join(f"{count} {object}" for object, count in sorted(run.vanished.items()))
    with journal.act(events.deletions.BELIEVED, by=by, reason=reason) as act:
        state = InterfaceState.objects.select_for_update().get(interface_id=run.interface_id)
        later = SyncRun.objects.filter(interface_id=run.interface_id, pk__gt=run.pk, message=None, only_object="")
        if not run.vanished or state.believed == run.vanished or later.filter(is_trial=False, full=True).exists():
            raise Conflict(
                _(
                    "This reading left nothing to be believed, or it was believed, or a later one compared everything again."
                ),
                hint=_("Open the latest reading of everything; its page says what vanished."),
                code="nothing_vanished",
            )
        state.believed, state.next_sync_at = run.vanished, Now()
        state.save(update_fields=["believed", "next_sync_at"])
        act.record(run.interface, events.deletions.Believed(run.interface.code, objects, str(run.uid)))
    return run.interface


def _read_soon(interface: Interface) -> None:
    if interface.kind == Kind.ERP and interface.mode != Mode.OFF or interface.is_polled:
        plan_sync(interface=interface)


def configure(
    *,
    interface: Interface,
    purpose: str,
    owner: Any,
    sync_every: int,
    silent_after: int,
    by: Any,
    reason: str,
    takes: Sequence[str] | None = None,
    register: Mapping[str, Any] | None = None,
) -> Interface:
    """Purpose, owner, how often it is read and after how long silence is an alarm (seconds); `takes`: kinds of commands;
    `register`: what else the register of interfaces says (REGISTER)."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    told = {"purpose": purpose, "owner": owner, "sync_every": sync_every, "silent_after": silent_after}
    with journal.act(events.CONFIGURED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if takes is not None:
            told["settings"] = {**row.settings, "takes_commands": sorted(_kinds(row, takes))}
        told |= {name: value for name, value in (register or {}).items() if name in REGISTER}
        for name, value in told.items():
            setattr(row, name, value)
        row.save(update_fields=list(told))
        act.record(row, events.Switched(row.code, row.mode))
    return row


def _kinds(interface: Interface, takes: Sequence[str]) -> set[str]:
    if takes and interface.kind != Kind.MES or not set(takes) <= set(Ask.values):
        raise Invalid(_("Only a MES takes commands, and only of the known kinds."), field="takes")
    return set(takes)
