"""How far a flow goes. Back at any time with a reason; to live only by a signed decision (golive.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from connectors import events
from connectors.base import ConnectorError
from connectors.models import (
    COMMANDS_OUT,
    POSTINGS_OUT,
    Direction,
    FlowStage,
    Interface,
    Kind,
    Stage,
)
from connectors.outbox import shadow
from connectors.outbox.postings import intent_of, ring
from connectors.registry import connected
from connectors.routes import ROUTES
from connectors.sync.members import TYPES, pushable
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.records.actions import check_reason

OPERATE, PUSH = "interface.operate", "push"


@dataclass(frozen=True)
class FlowName:
    direction: str
    object: str

    @property
    def key(self) -> str:
        return f"{self.direction}:{self.object}"


def flows_of(interface: Interface) -> list[FlowName]:
    """Everything that can go over it."""
    if interface.kind == Kind.MES:
        return [*(FlowName(Direction.IN, name) for name in ROUTES), FlowName(Direction.OUT, COMMANDS_OUT)]
    return [*(FlowName(Direction.IN, name) for name in _objects(interface)), FlowName(Direction.OUT, POSTINGS_OUT)]


def _objects(interface: Interface) -> Iterable[str]:
    if interface.adapter == PUSH:
        return pushable()
    if interface.is_polled:
        told = TYPES.get(interface.settings.get("type", ""))
        return [told] if told else pushable()
    try:
        return connected(interface).adapter.objects
    except ConnectorError:  # its settings are not whole yet
        return ()


def check_flow(interface: Interface, direction: str, object: str) -> None:
    if FlowName(direction, object) not in flows_of(interface):
        raise Invalid(
            _("%(interface)s has no flow “%(object)s” in this direction.")
            % {"interface": interface.name, "object": object},
            field="flow",
            hint=_("Choose one of the flows of the interface."),
        )


def stage_of(interface: Interface, direction: str, object: str, site: Site | None = None) -> str:
    return FlowStage.objects.of(interface, direction, object, site.pk if site else None)


def set_stage(
    *, interface: Interface, direction: str, object: str, stage: str, by: Any, reason: str, site: Site | None = None
) -> FlowStage:
    """Off: nothing is taken or sent. Observe: kept as it came. Shadow: computed beside, nothing written or sent. What was kept
    stays kept. Raises Invalid for live: that takes a comparison and a second person's signature."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    check_flow(interface, direction, object)
    _check_site(site, by)
    if stage not in Stage.values or stage == Stage.LIVE:
        raise Invalid(
            _("A flow goes live by a signed decision on a comparison."),
            field="stage",
            hint=_("Let it run in shadow, prepare a go-live decision, and have a second person sign it."),
        )
    with journal.act(events.STAGED, by=by, reason=reason) as act:
        row = _written(interface, direction, object, site, stage)
        if direction == Direction.OUT and object == POSTINGS_OUT:
            shadow.hold_back(interface, site.pk if site else None, intent_of)
        act.record(interface, told(row))
    return row


def _check_site(site: Site | None, by: Any) -> None:
    sites = access.site_ids(by, OPERATE)
    if site is not None and sites != access.ALL and site.pk not in sites:
        raise Forbidden(_("You do not operate interfaces on this site."), hint=_("Ask the integration owner there."))


def _written(interface: Interface, direction: str, object: str, site: Site | None, stage: str) -> FlowStage:
    Interface.objects.select_for_update().get(pk=interface.pk)
    shadow.steady(interface, changing=True)
    key = {"interface": interface, "direction": direction, "object": object, "site": site}
    held = FlowStage.objects.filter(**key).first()
    if held and held.stage == stage:
        raise Conflict(_("The flow is at this stage already."), code="same_stage")
    row = held or FlowStage(**key)
    row.stage, row.since = stage, now()
    row.save()
    return row


def go_live(interface: Interface, direction: str, object: str, site: Site | None) -> FlowStage:
    """Inside the signed act. A site of which something else was decided keeps that, also where the decision is for all others."""
    shadow.steady(interface, changing=True)
    key: dict[str, Any] = {"interface": interface, "direction": direction, "object": object, "site": site}
    row, _made = FlowStage.objects.update_or_create(**key, defaults={"stage": Stage.LIVE, "since": now()})
    if direction == Direction.OUT:
        ring()
    return row


def begin_in(*, interface: Interface, stage: str, by: Any, reason: str) -> Interface:
    """Where flows begin of which nothing was decided. Raises Invalid for live where some of them have been kept back so far."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    if stage not in (Stage.OBSERVE, Stage.SHADOW):
        raise Invalid(
            _("Flows of which nothing was decided begin in observe or shadow."),
            field="stage",
            hint=_("Each of them goes live by a decision of its own."),
        )
    with journal.act(events.STAGED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if row.first_stage == stage:
            raise Conflict(_("That is so already."), code="same_stage")
        shadow.steady(row, changing=True)
        row.first_stage = stage
        row.save(update_fields=["first_stage"])
        if row.kind == Kind.ERP:
            shadow.hold_back(row, None, intent_of)
        act.record(row, events.Staged(row.code, "*", "", "", stage))
    return row


def told(row: FlowStage) -> events.Staged:
    return events.Staged(
        interface=row.interface.code, object=row.object, direction=row.direction,
        site=row.site.code if row.site else "", stage=row.stage,
    )  # fmt: skip
