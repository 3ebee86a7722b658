"""Holds and releases as commands to the MES: one per live interface of the site that says so in `takes_commands`: true for
every kind, or a list of kinds (qms.commands.choices.Ask)."""

from __future__ import annotations

from typing import Any

from connectors.models import COMMANDS_OUT, Interface, InterfaceState, Kind, Stage
from ncr.actions import BREACHING
from ncr.models import Hold, ProductionEvent
from ncr.queries.onhold import holds_on
from qms.commands import handshake, targets
from qms.commands.choices import Ask
from qms.commands.models import Command
from qms.lib.clock import now
from qms.lib.quantity import show

from . import shadow

LIVE = ("REQUESTED", "ACTIVE", "RELEASE_REQUESTED")


def listening(site_id: int) -> list[targets.Target]:
    """Also paused ones: the command waits with its clock running, and the page says so."""
    rows = Interface.objects.filter(kind=Kind.MES, mode="live", site_id=site_id).order_by("pk")
    return [
        targets.Target(row.code, row.name, row.takes, bool(row.paused_at))
        for row in rows
        if row.takes and shadow.stage_of(row, COMMANDS_OUT, site_id) == Stage.LIVE
    ]


def place(hold: Hold, by: Any) -> None:
    _ask(hold, Ask.HOLD, "place", by)


def release(hold: Hold, by: Any) -> None:
    """A release is asked for by itself; a hold that was never confirmed gives way to it."""
    withdraw(hold, by)
    _ask(hold, Ask.RELEASE, "release", by)


def withdraw(hold: Hold, by: Any) -> None:
    for command in Command.objects.of(hold.ncr).filter(purpose=f"hold:{hold.pk}:place").unconfirmed():
        if command.state not in ("BREACHED", "EXECUTED"):
            handshake.supersede(command=command, by=by)


def _ask(hold: Hold, kind: Ask, what: str, by: Any) -> None:
    ncr = hold.ncr
    said = {"part": ncr.part_number, "lot": hold.lot_number, "quantity": show(hold.quantity), "unit": hold.unit}
    shadow.keep_commands(hold.site_id, kind, f"hold:{hold.pk}:{what}", ncr.number, said)
    for target in targets.at(hold.site_id, kind):
        handshake.request(
            record=ncr,
            kind=kind,
            purpose=f"hold:{hold.pk}:{what}",
            target=target.code,
            quantity=hold.quantity,
            unit=hold.unit,
            by=by,
            severity=ncr.severity,
            part=ncr.part_number,
            part_revision=ncr.part_revision,
            lot=hold.lot_number,
            order=ncr.order_number,
            operation=ncr.operation_name,
            text=hold.reason,
        )


def heard(command: Command) -> None:
    """An answer is a sign of life of the system that gave it."""
    InterfaceState.objects.filter(interface__code=command.target).update(succeeded_at=now())


def production(row: ProductionEvent, by: Any) -> int:
    """Work on held material after its hold was executed is a breach; work before that, reported late, is none."""
    if row.kind not in BREACHING:
        return 0
    breached = 0
    for hold in holds_on(row).filter(state__in=LIVE).select_related("ncr"):
        done = hold.commands().filter(kind=Ask.HOLD, state__in=("EXECUTED", "VERIFIED"))
        for command in done.filter(executed_at__lt=row.occurred_at):
            problem = f"{row.source} {row.source_event}: {row.occurred_at.isoformat()}"
            handshake.breach(command=command, by=by, problem=problem)
            breached += 1
    return breached
