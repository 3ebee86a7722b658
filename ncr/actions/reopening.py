"""Opening again what was executed, verified or closed: a new edition beside the old one (ADR 11)."""

from typing import Any

from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..models import Nonconformance, Reopening


def reopen(
    *, ncr: Nonconformance, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> Nonconformance:
    """Back to review, everything undecided. Lines, approvals and postings of the edition before stay as they are."""
    before: dict[str, Any] = {}

    def renew(row: Nonconformance) -> tuple[str, ...]:
        before.update(from_version=row.version, from_state=row.state, closed_by=row.closed_by, closed_at=row.closed_at)
        row.edition, row.round, row.undecided_quantity = row.edition + 1, row.round + 1, row.affected_quantity
        row.closed_by = row.closed_at = row.waiver = None
        row.customer_reference, row.customer_file, row.customer_by, row.customer_at = "", None, None, None
        return (
            *("edition", "round", "undecided_quantity", "closed_by", "closed_at", "waiver"),
            *("customer_reference", "customer_file", "customer_by", "customer_at"),
        )

    def keep(row: Nonconformance, signature: Signature) -> tuple[str, ...]:
        Reopening.objects.create(ncr=row, edition=row.edition, reason=reason, signature=signature, **before)
        return ()

    return records.step(
        record=ncr,
        name="reopen",
        by=by,
        version=version,
        reason=reason,
        signing=signing,
        change=renew,
        signed=keep,
        payload=lambda row: events.Reopened(number=row.number, edition=row.edition, round=row.round),
    )
