"""What is heard is written down, whatever rules there are; judging comes later and may fail without losing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from qms import journal
from qms.lib.bells import ring
from qms.lib.errors import NotNow

from .. import events
from ..models import Pending, Signal


def hear(*, signals: Sequence[Signal], by: Any) -> int:
    """Inside the caller's transaction: those that were not told before are kept, with one act for all. Returns how many.

    The same message again changes nothing. Rings for the rules; where nobody hears the bell, the next sweep finds them.
    """
    Signal.objects.bulk_create(signals, ignore_conflicts=True, batch_size=1_000)
    # A conflict gives no row of ours: what stands under our own uid is new.
    new = list(Signal.objects.filter(uid__in=[signal.uid for signal in signals]).order_by("pk"))
    if not new:
        return 0
    Pending.objects.bulk_create([Pending(signal=row) for row in new])
    told = "\n".join(f"{row.source} {row.source_event} {row.kind} {row.code} {row.serial}" for row in new)
    with journal.act(events.HEARD, by=by) as act:
        payload = events.Heard(count=len(new), digest=hashlib.sha256(told.encode()).hexdigest())
        act.record(f"signals:{new[0].source}", payload)
    transaction.on_commit(_bell)
    return len(new)


def _bell() -> None:
    try:
        ring("automation.judge")
    except NotNow:
        return
