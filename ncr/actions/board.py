"""Signatures of the board, and those at the end of a record's life."""

from typing import Any

from django.utils.translation import gettext as _

from qms.lib.clock import now
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature
from qms.signatures.snapshot import content_digest

from .. import events, permissions
from ..choices import MEANING_OF, Slot
from ..models import Approval, Nonconformance
from .review import proposed


def approve(*, ncr: Nonconformance, by: Any, signing: Signing | None, version: int | None = None) -> Nonconformance:
    """Sign the disposition in the slot of one's role; the last missing signature concludes it.

    Raises Forbidden for initiators, second signatures and roles that are not asked.
    """
    slot = _slot(ncr, by)

    def fill(row: Nonconformance, signature: Signature) -> tuple[str, ...]:
        assert row.proposed_by_id is not None  # nothing reaches the board without a proposal
        Approval.objects.create(
            ncr=row,
            round=row.round,
            slot=_slot(row, by),
            digest=content_digest(row),
            signature=signature,
            signer=by,
            initiator_id=row.created_by_id,
            proposer_id=row.proposed_by_id,
        )
        return ()

    def conclude(row: Nonconformance) -> None:
        if not row.missing_slots():
            records.system_step(record=row, name="conclude", by=by, payload=proposed)

    row = records.step(
        record=ncr,
        name="approve",
        by=by,
        version=version,
        signing=signing,
        meaning=MEANING_OF[slot],
        signed=fill,
        payload=lambda row: events.Approved(number=row.number, slot=slot, round=row.round),
        after=conclude,
    )
    row.refresh_from_db()
    return row


def _slot(ncr: Nonconformance, by: Any) -> Slot:
    if why := permissions.refuses_approval(ncr, by):
        raise records.by_duty(why, record=ncr, by=by, right="ncr.approve", hint=_("Another member must sign."))
    slot = permissions.slot_for(ncr, by)
    assert slot is not None
    return slot


def send_back(*, ncr: Nonconformance, by: Any, reason: str, version: int | None = None) -> Nonconformance:
    return records.step(record=ncr, name="return", by=by, version=version, reason=reason)


def waive(
    *, ncr: Nonconformance, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> Nonconformance:
    """Take responsibility for going on without a confirmed hold."""

    def keep(row: Nonconformance, signature: Signature) -> tuple[str, ...]:
        row.waiver = signature
        return ("waiver",)

    return records.step(record=ncr, name="waive", by=by, version=version, reason=reason, signing=signing, signed=keep)


def close(*, ncr: Nonconformance, by: Any, signing: Signing | None, version: int | None = None) -> Nonconformance:
    """Verify what was executed and close; neither initiator nor approver may (the database holds the first as well)."""

    def stamp(row: Nonconformance) -> tuple[str, ...]:
        row.closed_by, row.closed_at = by, now()
        return ("closed_by", "closed_at")

    return records.step(record=ncr, name="close", by=by, version=version, signing=signing, change=stamp)


def void(
    *, ncr: Nonconformance, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> Nonconformance:
    return records.step(record=ncr, name="void", by=by, version=version, reason=reason, signing=signing)
