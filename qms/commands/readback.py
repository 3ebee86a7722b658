"""A system that reports what it holds verifies a command by itself: what it says afterwards is held against what was asked.

The kind of verification is kept. A report that differs leaves the command unverified, or takes its verification back, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qms import journal
from qms.lib import canonical
from qms.lib.quantity import show
from qms.records.actions import locked
from qms.workflow.apply import apply, check

from .choices import READ_BACK, Ask, Verification
from .handshake import changed, deadline, verified_by_report
from .models import Command
from .queries import GONE

KEPT, VERIFIED, DIFFERS = "kept", "verified", "differs"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a system says that it holds. `quantity`: what is on hold there, None where it does not say."""

    is_held: bool
    at: datetime
    source: str = ""
    event: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    there: str = ""  # its own record

    def plain(self) -> dict[str, Any]:
        said = {"quantity": show(self.quantity), "unit": self.unit} if self.quantity is not None else {}
        names = {"source": self.source, "event": self.event, "there": self.there}
        return {"held": self.is_held, "at": canonical.instant(self.at), **said, **{k: v for k, v in names.items() if v}}


def matching(
    *, target: str, site_id: int, command: str = "", lots: Iterable[str] = (), orders: Iterable[str] = (),
    parts: Iterable[str] = (),
) -> list[Command]:  # fmt: skip
    """The newest hold or release of each target that the report names; a hold gives way to its release."""
    rows = Command.objects.filter(target=target, site_id=site_id, kind__in=READ_BACK).exclude(state__in=GONE)
    if command:
        rows = rows.filter(record_key__in=rows.filter(uid=command).values("record_key"))
        asked = rows.filter(uid=command).first()
        rows = rows.filter(purpose__startswith=_about(asked)) if asked else rows.none()
    elif lots or orders:
        rows = rows.filter(Q(lot__in=list(lots)) if lots else Q(order__in=list(orders)))
        rows = rows.filter(part__in=list(parts)) if parts else rows
    else:
        return []
    newest: dict[tuple[str, str, str], Command] = {}
    for row in rows.order_by("pk"):
        newest[row.record_type, row.record_key, _about(row)] = row
    return list(newest.values())


def _about(command: Command) -> str:
    """`hold:7:` of `hold:7:place` and `hold:7:release`."""
    return f"{command.purpose.rpartition(':')[0]}:"


def hear(*, command: Command, report: Report, by: Any) -> tuple[Command, str]:
    """An older report than the last changes nothing. Returns what it meant: kept, verified or differs."""
    with journal.act(journal.EVENTS["command.reported"], by=by) as act:
        row: Command = locked(command)
        known = row.reported.get("at", "")
        if known and known >= canonical.instant(report.at):
            act.record(row, changed(row))
            return row, KEPT
        row.reported = report.plain()
        row.save(update_fields=["reported"])
        act.record(row, changed(row, _said(row)))
        return settle(command=row, by=by)


def settle(*, command: Command, by: Any) -> tuple[Command, str]:
    """Holds the last report against the command as it stands: after it was heard, and after the command was executed."""
    told, done = command.reported, command.executed_at
    if (
        not told
        or done is None
        or told["at"] < canonical.instant(done)
        or command.state not in ("EXECUTED", "VERIFIED")
    ):
        return command, KEPT
    if problem := difference(command):
        return _doubted(command, problem, by), DIFFERS
    if command.state == "VERIFIED" or command.unexplained or not comparable(command):
        return command, KEPT
    return verified_by_report(command=command, by=by), VERIFIED


def difference(command: Command) -> str:
    """Why the report is not what was asked, or ""."""
    told, wanted = command.reported, command.kind != Ask.RELEASE
    if told["held"] != wanted:
        return (
            _("%(target)s reports that it does not hold this.")
            if wanted
            else _("%(target)s reports that it still holds this.")
        ) % {"target": command.target}
    counted = command.answers.get("executed", {}).get("quantity", {}).get("segregated")
    comparable = wanted and counted and "quantity" in told and told["unit"] in ("", command.unit)
    if comparable and Decimal(told["quantity"]) < Decimal(counted):
        words = {"target": command.target, "there": told["quantity"], "counted": counted, "unit": command.unit}
        return _("%(target)s reports %(there)s %(unit)s on hold, and had counted %(counted)s %(unit)s.") % words
    return ""


def comparable(command: Command) -> bool:
    """A quantity in another unit proves nothing about the one that was counted."""
    counted = command.answers.get("executed", {}).get("quantity", {}).get("segregated")
    return not counted or "quantity" not in command.reported or command.reported["unit"] in ("", command.unit)


def _doubted(command: Command, problem: str, by: Any) -> Command:
    """Said once per problem; whoever reads the page sees it until a report agrees or a person has verified."""
    if command.problem == problem and command.state == "EXECUTED":
        return command
    step = command.workflow.transition("doubt")
    with journal.act(journal.EVENTS[step.event], by=by) as act:
        row: Command = locked(command)
        check(row, step)
        row.problem, row.verified_by, row.verified_how = problem, None, ""
        row.due_at, row.overdue = deadline("EXECUTED", row.severity, row.kind, row.valid_until), 0
        apply(row, step, fields=("problem", "verified_by", "verified_how", "due_at", "overdue"))
        act.record(row, changed(row))
    return row


def _said(row: Command) -> str:
    return _("on hold") if row.reported["held"] else _("not on hold")


__all__ = ["Report", "Verification", "hear", "matching", "settle"]
