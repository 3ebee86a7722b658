"""From what was seen to rows: new ones are opened, known ones seen again, resolved ones reopened, unseen ones close by themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from connectors import events
from connectors.models import Difference, ReconcileRun, Resolution
from qms import journal
from qms.lib.clock import now

from .seen import Seen

Identity = tuple[str, str, str]


@dataclass
class Written:
    opened: int = 0
    reopened: int = 0
    closed: int = 0


def settle(
    *,
    run: ReconcileRun,
    seen: list[Seen],
    objects: set[str],
    by: Any,
    cut: Collection[str] = (),
    among: Collection[str] | None = None,
) -> Written:
    """`objects` were compared to their end: what is open of them and was not seen is gone, but for `cut`, of which not all was
    kept. `among`: only these keys were looked at. One act for all."""
    interface, moment, done = run.interface, now(), Written()
    with journal.act(events.RECONCILED, by=by) as act:
        rows = Difference.objects.select_for_update().filter(interface=interface, object__in=objects)
        held: dict[Identity, Difference] = {(row.object, row.key, row.kind): row for row in rows}
        fresh = {(one.object, one.key, one.kind): one for one in seen}
        new = [_made(run, one, moment) for identity, one in fresh.items() if identity not in held]
        Difference.objects.bulk_create(new, batch_size=500)
        done.opened = len(new)
        known = [(held[identity], one) for identity, one in fresh.items() if identity in held]
        same = [row.pk for row, one in known if _is_same(row, one, run)]
        done.reopened = sum(_again(row, one, run, moment) for row, one in known if not _is_same(row, one, run))
        Difference.objects.filter(pk__in=same).update(seen_at=moment, seen_by=run)
        unseen = [row for identity, row in held.items() if identity not in fresh and row.object not in cut]
        unseen = [row for row in unseen if among is None or row.key in among]
        left = [row.pk for row in unseen if row.resolved_at is None]
        gone = Difference.objects.filter(pk__in=left)
        done.closed = gone.update(resolution=Resolution.VANISHED, resolved_at=moment)
        told = events.Reconciled(interface.code, run.compared, len(seen), done.opened + done.reopened, done.closed,
                                 str(run.uid))  # fmt: skip
        act.record(interface, told)
    return done


def _made(run: ReconcileRun, one: Seen, moment: Any) -> Difference:
    return Difference(
        interface=run.interface, site_id=run.interface.site_id, object=one.object, key=one.key, name=one.name[:120],
        owner_key=one.owner, record_number=one.record, kind=one.kind, fields=one.fields, mark=one.mark, seen_at=moment,
        seen_by=run,
    )  # fmt: skip


def _is_same(row: Difference, one: Seen, run: ReconcileRun) -> bool:
    """Nothing to say but that it was seen again: open as it was, accepted as it was, or resolved while we were looking."""
    if row.resolved_at and run.started_at and row.resolved_at >= run.started_at:
        return True
    return row.mark == one.mark and (row.resolved_at is None or row.resolution == Resolution.ACCEPTED)


def _again(row: Difference, one: Seen, run: ReconcileRun, moment: Any) -> int:
    """It differs otherwise now, or came back after somebody had resolved it. 1 when it was reopened."""
    was_resolved = row.resolved_at is not None
    row.fields, row.mark, row.name, row.seen_at, row.seen_by = one.fields, one.mark, one.name[:120], moment, run
    if was_resolved:
        row.resolution, row.reason, row.resolved_at, row.resolved_by = "", "", None, None
        row.reopened += 1
    row.save()
    return int(was_resolved)
