"""Skip-lot and dock-to-stock: a lot that need not be inspected is skipped in plain sight, until something fails."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ncr.models import Nonconformance
from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.records import actions as records

from .. import events
from ..calc import skipping
from ..calc.skipping import SkipRules
from ..choices import LotOrigin, LotVerdict, SkipMode, Turn
from ..models import Certificate, Inspection, SamplingEvent, SamplingSequence
from ..workflow import MANAGE

DRAW = random.SystemRandom()


def rules(content: dict[str, Any]) -> SkipRules | None:
    """Of a plan's snapshot; None where every lot is inspected."""
    if content.get("skipping", "none") == "none":
        return None
    return SkipRules(
        qualify=content["skip_after"], one_in=content["skip_one_in"], most_lots=content["skip_most_lots"],
        most_days=content["skip_most_days"],
    )  # fmt: skip


def arrives(inspection: Inspection, *, by: Any) -> str | None:
    """None: it is inspected. Else why it need not be. Only lots that came by themselves are skipped: a person who asks for an
    inspection gets it, and so does a lot that comes back."""
    wanted = rules(inspection.plan_content)
    if wanted is None or inspection.sequence_id is None or inspection.state != "CREATED":
        return None
    if inspection.origin == LotOrigin.PERSON or inspection.resubmits_id is not None:
        return None
    held = SamplingSequence.objects.get(pk=inspection.sequence_id)
    if (
        any(each.discontinued for each in inspection.sequences())
        or held.skip_mode == SkipMode.EVERY
        or _heed(held, by=by)
    ):
        return None
    if _heed_lapse(held, timezone.localdate(), by=by):
        return None
    _state, answer, why = skipping.arrive(wanted, held.skip_state, on=timezone.localdate(), draw=DRAW.random())
    return why if answer == skipping.PASS and not _is_new(inspection) else None


def heed_nonconformances(*, by: Any) -> None:
    """Wherever lots are skipped, and a nonconformance of part and supplier came up since the last one that was inspected. Asked by the
    sweep and again at each lot, so that whoever reports a nonconformance waits for nothing."""
    for held in SamplingSequence.objects.filter(skip_mode=SkipMode.SKIP).order_by("pk"):
        _heed(held, by=by)


def _heed(held: SamplingSequence, *, by: Any) -> bool:
    inspected = held.lots.filter(completed_at__isnull=False).order_by("-completed_at").first()
    if inspected is None:
        return False
    told = Nonconformance.objects.filter(
        site=held.site_id, item=held.item_id, created_at__gt=inspected.completed_at
    ).exclude(state="CANCELLED")
    if (ncr := _escaped(held, told)) is not None:
        return_to_every_lot(sequence=held, cause="escape", note=ncr.number, by=by)
        return True
    # What was kept back of that very lot is the consequence of a decision, which counts by itself.
    of_supplier = told.filter(supplier=held.supplier_id) if held.supplier_id else told.none()
    ncr = of_supplier.exclude(pk=inspected.ncr_id).order_by("pk").first()
    if ncr is None:
        return False
    return_to_every_lot(sequence=held, cause="ncr", note=ncr.number, by=by)
    return True


def _escaped(held: SamplingSequence, told: Any) -> Nonconformance | None:
    """Found later, by whomever (a customer, the next operation), on a lot that nobody had looked at."""
    skipped = held.lots.filter(state="SKIPPED")
    lots = skipped.exclude(lot=None).values("lot")
    numbers = skipped.exclude(lot_number="").values("lot_number")
    found: Nonconformance | None = told.filter(Q(lot__in=lots) | Q(lot_number__in=numbers)).order_by("pk").first()
    return found


def heed_certificates(*, by: Any, on: date | None = None) -> None:
    """Wherever lots are skipped and a certificate of part and supplier has lapsed since the last one that was inspected, without a
    newer one of its kind: nothing proves the lots that nobody looks at."""
    today = on or timezone.localdate()
    for held in SamplingSequence.objects.filter(skip_mode=SkipMode.SKIP, supplier__isnull=False).order_by("pk"):
        _heed_lapse(held, today, by=by)


def _heed_lapse(held: SamplingSequence, today: date, *, by: Any) -> bool:
    inspected = held.lots.filter(completed_at__isnull=False).order_by("-completed_at").first()
    if inspected is None:
        return False
    since = timezone.localdate(inspected.completed_at)
    rows = Certificate.objects.filter(site=held.site_id, item=held.item_id, supplier=held.supplier_id)
    valid = rows.counting(today).values_list("kind", flat=True)
    lapsed = rows.filter(state="ACCEPTED", valid_until__lt=today, valid_until__gte=since).exclude(kind__in=list(valid))
    found = lapsed.order_by("pk").first()
    if found is None:
        return False
    return_to_every_lot(sequence=held, cause="certificate", note=found.number, by=by)
    return True


def _is_new(inspection: Inspection) -> bool:
    """The first lot of another revision of the part is inspected: nothing of it was ever looked at."""
    earlier = Inspection.objects.filter(sequence=inspection.sequence_id, completed_at__isnull=False)
    return not earlier.filter(part_revision=inspection.part_revision).exists()


def skip(inspection: Inspection, why: str, *, by: Any) -> Inspection:
    """It ends without a sample; the stock is free, and the page says why."""

    def change(row: Inspection) -> tuple[str, ...]:
        held = SamplingSequence.objects.select_for_update().get(pk=row.sequence_id)
        state = held.skip_state
        fields = held.take_skip_state(replace(state, skipped=state.skipped + 1))
        held.save(update_fields=list(fields))
        _keep(held, row, Turn.SKIPPED, why, by=by)
        return ()

    access.check(by, MANAGE, inspection)
    row: Inspection = records.system_step(record=inspection, name="skip", by=by, change=change, payload=told)
    return row


def count(inspection: Inspection, held: SamplingSequence) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """What the result of an inspected lot does to the skipping: (columns changed, reasons). Inside the caller's act."""
    wanted = rules(inspection.plan_content)
    accepted = inspection.verdict == LotVerdict.ACCEPTED
    if wanted is None or (accepted and inspection.resubmits_id is not None):
        return (), []
    before = held.skip_mode
    state, why = skipping.judged(wanted, held.skip_state, accepted=accepted, on=timezone.localdate())
    fields = held.take_skip_state(state)
    return fields, [{"code": f"skip_{why}", "facts": {}}] if before != held.skip_mode else []


def return_to_every_lot(*, sequence: SamplingSequence, cause: str, note: str, by: Any) -> None:
    """Something came up that makes skipping unsafe: `cause` of calc.skipping.CAUSES. Nothing happens where nothing is skipped."""
    held = SamplingSequence.objects.select_for_update().get(pk=sequence.pk)
    last = held.lots.order_by("-pk").first()
    if held.skip_mode == SkipMode.EVERY or last is None:
        return
    with journal.act(events.SKIPPING_ENDED, by=by) as act:
        held.save(update_fields=list(held.take_skip_state(skipping.returned(cause))))
        _keep(held, last, Turn.RETURNED, cause, by=by, note=note)
        act.record(last, events.SkippingEnded(number=last.number, part=last.part_number, cause=cause, note=note))


def end_skipping(*, inspection: Inspection, by: Any, reason: str, version: int | None = None) -> Inspection:
    """A person wants every lot inspected again; the qualification begins anew."""

    def after(row: Inspection) -> None:
        held = SamplingSequence.objects.select_for_update().get(pk=row.sequence_id)
        held.save(update_fields=list(held.take_skip_state(skipping.returned("withdrawn"))))
        _keep(held, row, Turn.RETURNED, "withdrawn", by=by, note=reason)

    row: Inspection = records.step(
        record=inspection, name="end-skipping", by=by, reason=reason, version=version, after=after,
        payload=lambda row: events.SkippingEnded(row.number, row.part_number, "withdrawn", reason),
    )  # fmt: skip
    return row


def _keep(held: SamplingSequence, row: Inspection, turn: Turn, why: str, *, by: Any, note: str = "") -> None:
    SamplingEvent.objects.create(
        sequence=held, inspection=row, turn=turn, before=held.severity, after=held.severity, score=held.score,
        reasons=[{"code": f"skip_{why}", "facts": {}}], note=note,
        by=by if isinstance(by, User) else None,
    )  # fmt: skip


def told(row: Inspection) -> events.Skipped:
    return events.Skipped(
        number=row.number, part=row.part_number, supplier=row.supplier_name, lot=row.lot_number,
        receipt=row.receipt_number,
    )  # fmt: skip
