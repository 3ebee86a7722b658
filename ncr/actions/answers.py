"""What people do about postings: ask to cancel, reverse, skip by signature, record what was posted by hand."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.errors import Conflict, Invalid
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..models import Nonconformance


def cancel_posting(
    *, ncr: Nonconformance, by: Any, reason: str, posting: str = "", version: int | None = None
) -> Nonconformance:
    """A cancellation is a message that needs an answer: done at once only for what never left."""

    def ask(row: Nonconformance, found: Posting, _signature: Any) -> None:
        commands.request_cancel(posting=found, by=by, reason=reason)

    return _answer(ncr, "cancel-posting", posting, _is_pending, ask, by=by, reason=reason, version=version)


def reverse(
    *, ncr: Nonconformance, by: Any, reason: str, posting: str = "", version: int | None = None
) -> Nonconformance:
    """Ask the ERP to move back what a line's posting moved; a verified execution is open again."""

    def ask(row: Nonconformance, found: Posting, _signature: Any) -> None:
        if found.purpose.startswith("hold:"):
            raise Conflict(
                _("%(reference)s belongs to a hold.") % {"reference": found.reference},
                hint=_("Release the hold, or place a new one."),
                code="of_a_hold",
            )
        commands.reverse(posting=found, record=row, by=by, reason=reason)
        if row.state == "VERIFICATION":
            records.system_step(record=row, name="resume", by=by)

    return _answer(ncr, "reverse", posting, _is_reversible, ask, by=by, reason=reason, version=version)


def skip_posting(
    *,
    ncr: Nonconformance,
    by: Any,
    reason: str,
    signing: Signing | None,
    posting: str = "",
    version: int | None = None,
) -> Nonconformance:
    """Go on without the movement, by signature of somebody who did not ask for it."""

    def skip(row: Nonconformance, found: Posting, signature: Any) -> None:
        if found.kind == "HOLD":
            raise Conflict(
                _("A hold is not skipped: the stock would pass for held."),
                hint=_("Ask to cancel it, then waive containment by signature."),
                code="of_a_hold",
            )
        commands.skip(posting=found, by=by, reason=reason, signature=signature)

    _refuse_asker(ncr, posting, by)
    return _answer(ncr, "skip-posting", posting, _is_open, skip, by=by, reason=reason, signing=signing, version=version)


def record_document(
    *,
    ncr: Nonconformance,
    by: Any,
    reason: str,
    document_number: str,
    signing: Signing | None,
    posting: str = "",
    version: int | None = None,
) -> Nonconformance:
    """The movement was posted in the ERP by hand: its document number, by signature."""

    def record(row: Nonconformance, found: Posting, signature: Any) -> None:
        commands.record_document(
            posting=found, by=by, reason=reason, document_number=document_number, signature=signature
        )

    _refuse_asker(ncr, posting, by)
    return _answer(
        ncr, "record-document", posting, _is_open, record, by=by, reason=reason, signing=signing, version=version
    )


def _refuse_asker(ncr: Nonconformance, reference: str, by: Any) -> None:
    """Before the act, so that the attempt stands in the trail."""
    if ncr.postings().filter(reference=reference, requested_by=by).exists():
        raise records.by_duty(
            _("You asked for this posting, so you may not answer for the ERP."),
            record=ncr,
            by=by,
            right="posting.answer",
        )


def _answer(
    ncr: Nonconformance,
    name: str,
    reference: str,
    fits: Callable[[Posting], bool],
    act: Callable[[Nonconformance, Posting, Any], None],
    **given: Any,
) -> Nonconformance:
    """The step of the NCR, then what it means for the posting; the NCR may have moved on by it."""
    signatures: list[Signature] = []
    found: list[Posting] = []

    def keep(row: Nonconformance, signature: Signature) -> tuple[str, ...]:
        signatures.append(signature)
        return ()

    def after(row: Nonconformance) -> None:
        found.append(_posting(row, reference, fits))
        act(row, found[0], next(iter(signatures), None))

    row: Nonconformance = records.step(
        record=ncr, name=name, signed=keep, after=after, payload=lambda row: _named(row, found[0]), **given
    )
    row.refresh_from_db()
    return row


def _is_pending(posting: Posting) -> bool:
    return posting.state in ("QUEUED", "SENT", "ACCEPTED", "FAILED", "NEEDS_DECISION")


def _is_reversible(posting: Posting) -> bool:
    return posting.can_be_reversed


def _is_open(posting: Posting) -> bool:
    return posting.state in ("FAILED", "NEEDS_DECISION")


def _posting(ncr: Nonconformance, reference: str, fits: Callable[[Posting], bool]) -> Posting:
    """The posting that is named, whatever its state; without a name the only one that the step is for."""
    rows = list(ncr.postings())
    found = [one for one in rows if one.reference == reference] if reference else [one for one in rows if fits(one)]
    if len(found) != 1:
        names = ", ".join(one.reference for one in rows if fits(one)) or "–"
        raise Invalid(
            _("Name the posting; this step is for: %(references)s.") % {"references": names},
            field="posting",
            hint=_("Its reference stands beside the movement."),
        )
    return found[0]


def _named(ncr: Nonconformance, posting: Posting) -> events.PostingNamed:
    now = Posting.objects.get(pk=posting.pk)
    return events.PostingNamed(number=ncr.number, posting=now.reference, document=now.document_number)
