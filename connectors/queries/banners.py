"""What people must know on a record whose source or target is paused, off, silent or does not answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.actions import silence
from connectors.models import Delivery, Direction, Downtime, Interface, InterfaceState, Mode, Shadow
from qms.accounts import access
from qms.lib.clock import now
from qms.masterdata.models import Mirror
from qms.ui.banners import Banner
from qms.ui.show import local


def of(record: Any, user: Any) -> Iterator[Banner]:
    """One per interface that the record comes from or writes to; none on a record that is finished."""
    workflow = getattr(record, "workflow", None)
    if workflow and workflow.state(record.state).final:
        return
    codes = {code for code in sources(record) if code}
    shadows = shadowed(record)
    rows = Interface.objects.annotate(is_shadowed=shadows).filter(Q(code__in=codes) | Q(is_shadowed=True))
    for interface in rows.heard().select_related("state").order_by("code"):
        if interface.is_shadowed:
            told = _(
                "Shadow: what is asked of %(interface)s is computed and not sent. Do it there by hand and record it here."
            )
            yield Banner(told % {"interface": interface.name}, icon="copy")
        if interface.code not in codes:
            continue
        if text := trouble(interface):
            seen = access.may(user, "interface.view", interface)
            url = reverse("connectors:interface", args=[interface.code]) if seen else ""
            yield Banner(text, icon="unplug", url=url)


def shadowed(record: Any) -> Exists:
    """Something was asked of the interface and not sent, because its flow is in shadow: nobody may take it for done."""
    number = getattr(getattr(record, "ncr", record), "number", "")
    rows = Shadow.objects.filter(interface=OuterRef("pk"), subject=number, direction=Direction.OUT).exclude(subject="")
    return Exists(rows.exclude(reference__in=Delivery.objects.exclude(state="SHADOW").values("posting__reference")))


def sources(record: Any) -> set[str]:
    """Codes of the interfaces: that which brought a mirror's row; of an NCR or hold, the ERP's of its lot and the MES's."""
    if isinstance(record, Mirror):
        return {record.source}
    found = {getattr(getattr(record, name, None), "source", "") for name in ("lot", "item")}
    found.add(str(getattr(record, "source", "")).partition("|")[0])
    return found | (sources(record.ncr) if hasattr(record, "ncr") else set())


def held(interface: Interface, window: Downtime) -> str:
    told = {"interface": interface.name, "until": f"{local(window.ends_at):%Y-%m-%d %H:%M}"}
    if window.is_planned:
        text = _("%(interface)s: planned downtime until %(until)s. What is asked of it waits, what it sends is taken.")
    else:
        text = _("%(interface)s: downtime until %(until)s. What is asked of it waits, what it sends is taken.")
    return text % told


def trouble(interface: Interface) -> str:
    """Why what stands here may be old, or what is asked may wait; "" when the interface goes on as it should."""
    state = getattr(interface, "state", None) or InterfaceState(interface=interface)
    words = {"interface": interface.name}
    if interface.paused_at:
        at = f"{local(interface.paused_at):%Y-%m-%d %H:%M}"
        return _("%(interface)s paused %(at)s: what it sends and what is asked of it waits.") % {**words, "at": at}
    if interface.mode == Mode.OFF:
        return _("%(interface)s is switched off: nothing comes in and nothing is sent.") % words
    if interface.mode == Mode.OBSERVE:
        return _("%(interface)s only observes: nothing is applied and nothing is sent.") % words
    if window := Downtime.objects.of(interface):
        return held(interface, window)
    heard = interface.heard_at
    quiet = silence.quiet_for(interface, now())
    if heard and quiet and quiet > dt.timedelta(seconds=interface.silent_after):
        at = f"{local(heard):%Y-%m-%d %H:%M}"
        return _("%(interface)s is silent since %(at)s: what stands here may be out of date.") % {**words, "at": at}
    if missing := silence.silent_flows(interface):
        told = {**words, "flows": ", ".join(missing)}
        return _("%(interface)s: %(flows)s was not heard when it should have been; it may be out of date.") % told
    if state.open_until and state.open_until > now():
        at = f"{local(state.open_until):%Y-%m-%d %H:%M}"
        return _("%(interface)s does not answer: what is asked of it waits until %(at)s.") % {**words, "at": at}
    return ""
