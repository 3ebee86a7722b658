"""What can be done with a transport: set up, changed, tested, and its alarms settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from connectors import events
from connectors.models import LISTENING, POLLED, PUSHED, Alarm, Interface, InterfaceState, Kind, Mode
from connectors.sync import push
from connectors.transports import accept, alarms
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib import crypto
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import check_reason

from .interfaces import OPERATE, plan_sync

CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
OURS = ("takes_commands", "language")  # settings that other forms keep


def carry(
    *, code: str, name: str, transport: str, site: Site, address: str, settings: Mapping[str, Any],
    secrets: Mapping[str, str], owner: Any, purpose: str, by: Any, kind: str = Kind.MES,
) -> Interface:  # fmt: skip
    """A new interface that is carried by this transport. It begins in Observe: everything is kept, nothing applied."""
    access.check(by, OPERATE, Interface(site=site))
    if not CODE.fullmatch(code):
        raise Invalid(_("A code has small letters, digits and hyphens."), field="code")
    if Interface.objects.filter(code=code).exists():
        raise Invalid(_("The code %(code)s is taken.") % {"code": code}, field="code", hint=_("Choose another one."))
    if transport not in (*POLLED, *LISTENING, *PUSHED):
        raise Invalid(_("Choose one of the transports."), field="transport")
    if kind == Kind.ERP and transport not in POLLED:
        raise Invalid(
            _("An ERP is carried by files, views or SOAP."),
            field="transport",
            hint=_("Choose one of these, or an MES."),
        )
    _check_settings(Interface(kind=kind, site=site), settings, by)
    row = Interface(
        code=code, name=name, kind=kind, adapter=transport, site=site, base_url=address, settings=dict(settings),
        owner=owner, purpose=purpose, mode=Mode.OBSERVE, sync_every=60, credentials=crypto.seal(secrets) if secrets else "",
    )  # fmt: skip
    with journal.act(events.CARRIED, by=by) as act:
        row.save()
        InterfaceState.objects.create(interface=row)
        act.record(row, events.Carried(code, transport, address, sorted(secrets)))
    if row.is_polled:
        plan_sync(interface=row)
    return row


def recarry(
    *, interface: Interface, address: str, settings: Mapping[str, Any], secrets: Mapping[str, str], by: Any, reason: str
) -> Interface:
    """Other settings of the same transport; a secret that is left empty stays as it is."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.CARRIED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if not row.is_transport:
            raise Conflict(_("%(interface)s is not carried by a transport.") % {"interface": row.name})
        _check_settings(row, settings, by)
        held = {**_opened(row), **{name: value for name, value in secrets.items() if value}}
        kept = {name: row.settings[name] for name in OURS if name in row.settings}
        row.base_url, row.settings = address, {**kept, **settings}
        row.credentials = crypto.seal(held) if held else ""
        row.save(update_fields=["base_url", "settings", "credentials"])
        act.record(row, events.Carried(row.code, row.adapter, address, sorted(held)))
    return row


def _check_settings(interface: Interface, settings: Mapping[str, Any], by: Any) -> None:
    """What a row tells fits the kind of system; a site is named by who operates there too."""
    told = str(settings.get("type", ""))
    if told and told.startswith(push.PREFIX) != (interface.kind == Kind.ERP):
        is_erp = interface.kind == Kind.ERP
        why = (
            _("Rows of this kind do not come from an ERP.") if is_erp else _("Rows of this kind come from an ERP only.")
        )
        raise Invalid(why, field="type")
    known = {site.code: site for site in Site.objects.filter(code__in=settings.get("sites", ()))}
    for code in settings.get("sites", ()):
        if code not in known or not access.may(by, OPERATE, Interface(site=known[code])):
            raise Invalid(_("%(site)s is no site on which you operate interfaces.") % {"site": code}, field="sites")


def _opened(row: Interface) -> dict[str, Any]:
    try:
        return crypto.unseal(row.credentials)
    except crypto.KeyMissing:
        return {}


def settle_alarm(*, alarm: Alarm, by: Any, reason: str) -> None:
    """A person has looked. What had stopped the transport counts as right from now on: new columns, a new description."""
    access.check(by, OPERATE, alarm.interface)
    check_reason(reason)
    if not alarms.settle(alarm=alarm, by=by, reason=reason):
        raise Conflict(_("Somebody has settled this alarm already."), code="settled")
    accept.accept(alarm)
    if alarm.interface.is_polled:
        plan_sync(interface=alarm.interface)
