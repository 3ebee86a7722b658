"""Rework and repair: the work, and the re-inspection by somebody else that alone lets the line go on (features.md row 6)."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.quantity import show
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..choices import Result
from ..models import Nonconformance, ReworkLoop
from .execution import ask_part, complete_if_posted
from .rules import line_of


def rework(
    *,
    ncr: Nonconformance,
    by: Any,
    note: str = "",
    line: int | None = None,
    quantity: Decimal | None = None,
    version: int | None = None,
) -> Nonconformance:
    """Whoever did the work says so; what failed its re-inspection is worked on in a loop of its own."""
    made: list[ReworkLoop] = []

    def keep(row: Nonconformance) -> None:
        found = line_of(row, line, row.to_rework())
        part, open_part = quantity or found.to_rework(), found.to_rework()
        if not 0 < part <= open_part:
            raise Invalid(
                _("%(quantity)s are named, but %(remaining)s of line %(line)s wait for the work.")
                % {"quantity": show(part), "remaining": show(open_part), "line": found.line},
                field="quantity",
            )
        made.append(
            ReworkLoop.objects.create(
                line=found,
                loop=found.loops.count() + 1,
                quantity=part,
                note=note,
                done_by=by,
                initiator_id=row.created_by_id,
            )
        )

    return records.step(
        record=ncr, name="rework", by=by, version=version, after=keep, payload=lambda row: _told(row, made[0])
    )


def reinspect(
    *,
    ncr: Nonconformance,
    by: Any,
    result: str,
    reference: str,
    signing: Signing | None,
    line: int | None = None,
    version: int | None = None,
) -> Nonconformance:
    """Sign for the oldest open loop. Passed: its part is released. Failed: the part waits for the work again.

    `reference` names the inspection. Raises Forbidden for whoever reported, proposed or did the work.
    """
    signed: list[Signature] = []
    judged: list[ReworkLoop] = []

    def sign(row: Nonconformance, signature: Signature) -> tuple[str, ...]:
        signed.append(signature)
        return ()

    def keep(row: Nonconformance) -> None:
        found = _loop(row, line, by)
        if not reference.strip():
            raise Invalid(
                _("Name the inspection."), field="reference", hint=_("Its number, or where its results are kept.")
            )
        found.result, found.reference = Result(result), reference.strip()
        found.inspected_by, found.inspected_at, found.signature = by, now(), signed[0]
        found.save(update_fields=["result", "reference", "inspected_by", "inspected_at", "signature"])
        if found.result == Result.PASSED:
            ask_part(row, found.line, found.quantity, by=by)
        judged.append(found)

    def told(row: Nonconformance) -> events.LineTold:
        return _told(row, judged[0])

    records.check_step(ncr, ncr.workflow.transition("reinspect"), by)
    if any(one.waits_for_person for one in ncr.open_loops()):
        _loop(ncr, line, by)
    with transaction.atomic():
        row = records.step(
            record=ncr, name="reinspect", by=by, version=version, signing=signing, signed=sign, after=keep, payload=told
        )
        complete_if_posted(ncr=row, by=by)
    row.refresh_from_db()
    return row


def _loop(ncr: Nonconformance, line: int | None, by: Any) -> ReworkLoop:
    """The oldest open loop, of the line if one is named, that this person may judge."""
    found = [one for one in ncr.open_loops() if one.waits_for_person and line in (None, one.line.line)]
    if not found:
        raise Invalid(
            _("Nothing waits for a re-inspection there."), field="line", hint=_("Record the rework or repair first.")
        )
    if mine := next((one for one in found if one.done_by_id != by.pk), None):
        return mine
    raise records.by_duty(
        _("You did the work, so you may not re-inspect it."), record=ncr, by=by, right="ncr.reinspect"
    )


# --- by an inspection of the reworked pieces -----------------------------------------------------------------------------


def assign_loop(*, loop: ReworkLoop, reference: str) -> None:
    """The pieces are inspected by `reference`, whose usage decision ends the loop. Inside the caller's act. Raises Conflict."""
    held = lock_free(loop)
    held.reference = reference
    held.save(update_fields=["reference"])


def lock_free(loop: ReworkLoop) -> ReworkLoop:
    """Locked, where nobody inspects it yet. Raises Conflict."""
    held = ReworkLoop.objects.select_for_update().get(pk=loop.pk)
    _check_open(held.line.ncr)
    if not held.waits_for_person:
        raise Conflict(
            _("Loop %(loop)s of %(number)s is inspected already: %(reference)s.")
            % {"loop": held, "number": held.line.ncr.number, "reference": held.reference},
            code="inspected_already",
        )
    return held


def free_loop(*, loop: ReworkLoop) -> None:
    """The inspection was cancelled: somebody re-inspects, or another inspection does. Inside the caller's act."""
    held = ReworkLoop.objects.select_for_update().get(pk=loop.pk)
    if not held.result:
        held.reference = ""
        held.save(update_fields=["reference"])


def check_judge(*, loop: ReworkLoop, by: Any, right: str) -> None:
    """Raises Forbidden for whoever reported, proposed or did the work, Conflict where the record has gone on."""
    ncr = loop.line.ncr
    _check_open(ncr)
    if by.pk == loop.done_by_id or by.pk in (ncr.created_by_id, ncr.proposed_by_id):
        why = _("You reported %(number)s, proposed its disposition or did the work, so you may not judge the pieces.")
        raise records.by_duty(why % {"number": ncr.number}, record=ncr, by=by, right=right)


def settle_loop(*, loop: ReworkLoop, is_good: bool, signature: Signature, by: Any) -> None:
    """The signed usage decision of the inspection ends the loop. Good: the ERP is asked to release its part; otherwise the part waits for
    the work again. Joins the caller's transaction. Raises Forbidden, Conflict."""
    ncr = records.locked(loop.line.ncr)
    check_judge(loop=loop, by=by, right="ncr.reinspect")
    with journal.act(events.REINSPECTED, by=by) as act:
        held = ReworkLoop.objects.select_for_update().get(pk=loop.pk)
        held.result = Result.PASSED if is_good else Result.FAILED
        held.inspected_by, held.inspected_at, held.signature = by, now(), signature
        held.save(update_fields=["result", "inspected_by", "inspected_at", "signature"])
        if is_good:
            ask_part(ncr, held.line, held.quantity, by=by)
        act.record(ncr, _told(ncr, held))
    complete_if_posted(ncr=ncr, by=by)


def _check_open(ncr: Nonconformance) -> None:
    if ncr.state != "IN_EXECUTION":
        raise Conflict(
            _("%(number)s is not in execution, so its rework is not judged.") % {"number": ncr.number},
            hint=_("Open it: it was reopened, or somebody closed it."),
            code="not_in_execution",
        )


def _told(ncr: Nonconformance, loop: ReworkLoop) -> events.LineTold:
    return events.LineTold(
        number=ncr.number,
        line=loop.line.line,
        kind=loop.line.kind,
        loop=loop.loop,
        result=loop.result,
        reference=loop.reference,
    )
