"""The decision to let a flow go live: compared, written down, signed by somebody else than who compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import (
    Direction,
    GoLive,
    InboxMessage,
    Interface,
    Kept,
    Kind,
    MessageState,
    Stage,
)
from connectors.outbox import shadow
from connectors.reconcile import foreseen
from connectors.sync.push import PREFIX
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

from . import stages

PREPARE = "go_live.prepare"
KEPT_STATES = (MessageState.OBSERVED, MessageState.SHADOWED)


def prepare(
    *,
    by: Any,
    interface: Interface,
    direction: str,
    object: str,
    since: dt.datetime,
    note: str,
    scope: Site | None = None,
    kept: str = Kept.LEAVE,
    kept_since: dt.datetime | None = None,
    uid: UUID | None = None,
) -> GoLive:
    """Compare what the flow would have done since then with what is there now. The same `uid` again returns the first one."""
    access.check(by, PREPARE, interface)
    if uid and (known := GoLive.objects.filter(uid=uid, created_by=by).first()):
        return known
    stages.check_flow(interface, direction, object)
    _check(since, kept, kept_since, stages.stage_of(interface, direction, object, scope))
    until = now()
    counts, lines = _compared(interface, direction, object, scope, since, until)
    with journal.act(events.GO_LIVE_PREPARED, by=by) as act:
        made = GoLive.objects.create(
            uid=uid or uuid7(), site_id=scope.pk if scope else interface.site_id, state="DRAFT", created_by=by,
            counted_by=by, interface=interface, direction=direction, object=object, scope=scope, since=since,
            until=until, note=note, kept=kept, kept_since=kept_since if kept == Kept.APPLY else None, counts=counts,
            lines=lines,
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def _check(since: dt.datetime, kept: str, kept_since: dt.datetime | None, stage: str) -> None:
    if since >= now():
        raise Invalid(_("The comparison begins in the past."), field="since", hint=_("Choose an earlier moment."))
    if kept == Kept.APPLY and kept_since is None:
        raise Invalid(
            _("Say since when what was kept is to be applied."),
            field="kept_since",
            hint=_("Choose a moment, or leave what was kept as it is."),
        )
    if stage == Stage.LIVE:
        raise Conflict(_("The flow is live already."), hint=_("Nothing has to be decided."), code="same_stage")


def _compared(
    interface: Interface, direction: str, object: str, scope: Site | None, since: dt.datetime, until: dt.datetime
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    flow = foreseen.Flow(interface, direction, object, scope.pk if scope else None, since, until)
    return foreseen.compare(flow)


def count(*, golive: GoLive, by: Any, version: int | None = None) -> GoLive:
    """Compare once more, up to now. Who counted may not sign either."""

    def change(row: GoLive) -> tuple[str, ...]:
        row.until, row.counted_by = now(), by
        row.counts, row.lines = _compared(row.interface, row.direction, row.object, row.scope, row.since, row.until)
        return ("until", "counted_by", "counts", "lines")

    return _step(golive, "count", by, version=version, change=change)


def approve(*, golive: GoLive, by: Any, signing: Signing | None, version: int | None = None) -> GoLive:
    """The flow is live from this very transaction on, and what was kept goes the way that the decision says."""

    def change(row: GoLive) -> tuple[str, ...]:
        row.signed_by = by
        return ("signed_by",)

    def after(row: GoLive) -> None:
        stages.go_live(row.interface, row.direction, row.object, row.scope)
        # What came after the comparison is held against what people entered until this moment.
        _counts, late = _compared(row.interface, row.direction, row.object, row.scope, row.until, now())
        lines = [*row.lines, *late]
        _mark_matched(row, lines)
        _release(row, lines)

    return _step(golive, "approve", by, version=version, signing=signing, change=change, after=after)


def cancel(*, golive: GoLive, by: Any, reason: str, version: int | None = None) -> GoLive:
    return _step(golive, "cancel", by, version=version, reason=reason)


def _kept(row: GoLive) -> Any:
    name = f"{PREFIX}{row.object}.batch" if row.interface.kind == Kind.ERP else row.object
    rows = InboxMessage.objects.filter(interface=row.interface, message_type=name, state__in=KEPT_STATES)
    return rows.filter(site=row.scope) if row.scope else rows


def _mark_matched(row: GoLive, lines: list[dict[str, Any]]) -> None:
    """A message that a person had entered by hand is never applied: it stands with the record that it was found to be. One of
    another defect code is another defect."""
    for line in lines:
        is_other = any(name == "code" for name, _ours, _theirs in line["fields"])
        if line["kind"] in ("matched", "differs") and line.get("message") and line["theirs"] and not is_other:
            _kept(row).filter(pk=line["message"]).update(record_number=line["theirs"][:24])


def _release(row: GoLive, lines: list[dict[str, Any]]) -> None:
    """What matches nothing is applied by the next sweep, or sent by the relay."""
    if row.direction == Direction.OUT:
        since = row.kept_since if row.kept == Kept.APPLY else None
        shadow.release(row.interface, row.scope_id, since, foreseen.booked(lines))
        return
    if row.kept != Kept.APPLY:
        return
    state = MessageState.PARKED if row.interface.kind == Kind.ERP else MessageState.NEW
    _kept(row).filter(received_at__gte=row.kept_since, record_number="").update(state=state, next_at=Now(), problem="")


def _step(record: GoLive, name: str, by: Any, **options: Any) -> GoLive:
    row: GoLive = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: GoLive) -> events.GoLiveTold:
    return events.GoLiveTold(
        number=row.number, interface=row.interface.code, object=row.object, direction=row.direction,
        site=row.scope.code if row.scope else "", seen=row.counts.get("seen", 0),
        matched=row.counts.get("matched", 0), kept=row.kept,
    )  # fmt: skip


GOLIVE_STEPS: dict[str, Callable[..., GoLive]] = {"count": count, "approve": approve, "cancel": cancel}
