"""The verdict follows from the readings; what becomes of the lot is decided by a person, signed, and posted by the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ncr import actions as ncr
from ncr.choices import Origin
from ncr.models import DefectCode, Nonconformance
from qms.commands import actions as commands
from qms.commands.choices import Kind
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.masterdata.choices import Place
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature
from qms.workflow.apply import check

from .. import events
from ..calc.errors import CalcError
from ..choices import KEPT_BACK, InspectionKind, LotVerdict, Usage
from ..models import Inspection, UsageLine
from ..models.tally import Tally
from ..queries import sampling
from . import reworked, shipments
from .certificates import check_certificates
from .lots import told
from .sequences import count_lot

# What the ERP is asked for; `None` where nothing moves unless the lot lies in quarantine. Kept back is held by its nonconformance.
MOVES = {Usage.UNRESTRICTED: Kind.RELEASE, Usage.SCRAP: Kind.SCRAP, Usage.RETURN: Kind.RETURN, Usage.SAMPLE: Kind.SCRAP}


@dataclass(frozen=True)
class Part:
    """A part of the lot, in its unit, and what becomes of it."""

    kind: str
    quantity: Decimal


def complete(*, inspection: Inspection, by: Any, version: int | None = None) -> Inspection:
    """All readings are there (or a rejection number is reached): the verdict is computed."""

    def judge(row: Inspection) -> tuple[str, ...]:
        groups = row.tally()
        counted = row.is_refused_already()  # then readings may be missing, and the s method needs them all
        told = [_of_group(one, by_s=not counted) for one in groups]
        refused = counted or any("s" in one and not one["s"]["accepted"] for one in told)
        row.verdict = LotVerdict.REJECTED if refused else LotVerdict.ACCEPTED
        row.found = next((group.found for group in groups if not group.balloon), 0)
        row.judged = {
            "gap": not refused and any(group.has_gap for group in groups if not group.balloon), "groups": told,
        }  # fmt: skip
        row.completed_at = now()
        return ("verdict", "found", "judged", "completed_at")

    return _step(inspection, "complete", by, version=version, change=judge, payload=_judged)


def _of_group(one: Tally, *, by_s: bool) -> dict[str, Any]:
    """A row of the verdict as plain values. Raises Invalid where the s method cannot judge (values missing, or all equal)."""
    told: dict[str, Any] = {"balloon": one.balloon, "n": one.size, "found": one.found}
    if not one.is_by_variables:
        return {
            **told, "ac": one.accept, "re": one.reject, "stage": one.stage, "first": one.found_first,
            "first_n": one.stages[0]["n"],
        }  # fmt: skip
    if not by_s:
        return told
    try:
        found = one.by_variables()
    except CalcError as error:
        raise sampling.said(error) from error
    numbers = {name: getattr(found, name) for name in ("accepted", "mean", "s", "q_lower", "q_upper", "p")}
    return {**told, "s": {**numbers, "k": one.sampling["k"], "most": one.sampling["most"]}}


def draw_second(*, inspection: Inspection, by: Any, version: int | None = None) -> Inspection:
    """Double sampling: the first sample said neither yes nor no, so as many pieces again are drawn and counted together with it."""
    told: list[events.SecondDrawn] = []

    def draw(row: Inspection) -> None:
        due = {group.balloon: group for group in row.undecided()}
        for line in row.characteristics.all():
            if line.group in due and not line.is_reference:
                line.stage = 2
                line.save(update_fields=["stage"])
        first = due.get("") or next(iter(due.values()))
        told.append(events.SecondDrawn(row.number, row.part_number, first.found, first.stages[1]["total"]))

    return _step(inspection, "second-sample", by, version=version, after=draw, payload=lambda _row: told[0])


def take_back(*, inspection: Inspection, by: Any, reason: str, version: int | None = None) -> Inspection:
    """Something was read wrongly: readings go on, and the verdict is computed anew."""
    was: list[events.Judged] = []

    def clear(row: Inspection) -> tuple[str, ...]:
        was.append(_judged(row))
        row.verdict, row.found, row.judged, row.completed_at = "", None, {}, None
        return ("verdict", "found", "judged", "completed_at")

    return _step(inspection, "take-back", by, version=version, reason=reason, change=clear, payload=lambda _row: was[0])


def _judged(row: Inspection) -> events.Judged:
    sizes = [one["n"] for one in row.judged.get("groups", ()) if not one["balloon"]]  # of double sampling both samples
    return events.Judged(
        number=row.number, part=row.part_number, lot=row.lot_number, verdict=row.verdict, found=row.found or 0,
        sample=sizes[0] if sizes else row.sample_size or 0,
    )  # fmt: skip


def decide(
    *, inspection: Inspection, by: Any, lines: Sequence[Part], signing: Signing | None, note: str = "",
    defect_code: DefectCode | None = None, version: int | None = None,
) -> Inspection:  # fmt: skip
    """The signed usage decision. What is kept back raises one nonconformance, which holds it; the rest is posted by the ERP.

    Raises Invalid, Forbidden, Conflict, SignatureRefused.
    """
    transition = inspection.workflow.transition("decide")
    records.check_step(inspection, transition, by)
    check(inspection, transition)
    check_parts(inspection, lines, note=note, defect_code=defect_code)
    if inspection.rework is not None:
        ncr.check_judge(loop=inspection.rework, by=by, right=transition.permission)
    raised: list[Nonconformance] = []

    def change(row: Inspection) -> tuple[str, ...]:
        check_parts(row, lines, note=note, defect_code=defect_code)  # once more: the row is locked now
        for at, part in enumerate(lines, start=row.usage.count() + 1):
            UsageLine.objects.create(inspection=row, line=at, kind=part.kind, quantity=part.quantity)
        row.decision_note, row.usage_decided_by, row.usage_decided_at = note.strip(), by, now()
        return ("decision_note", "usage_decided_by", "usage_decided_at")

    def signed(row: Inspection, signature: Signature) -> tuple[str, ...]:
        row.decision = signature
        return ("decision",)

    def follow(row: Inspection) -> None:
        raised.extend(_follow(row, lines, defect_code, by))

    def say(row: Inspection) -> events.UsageDecided:
        waited = (row.usage_decided_at or now()) - row.arrived_at
        return events.UsageDecided(
            number=row.number, part=row.part_number, lot=row.lot_number, verdict=row.verdict, unit=row.unit,
            lines=[{"kind": part.kind, "quantity": show(part.quantity)} for part in lines],
            ncr=raised[0].number if raised else "", hours=f"{waited.total_seconds() / 3600:.2f}",
        )  # fmt: skip

    with transaction.atomic():
        row = _step(
            inspection, "decide", by, version=version, signing=signing, change=change, signed=signed, after=follow,
            payload=say,
        )  # fmt: skip
        complete_if_posted(inspection=row, by=by)
    row.refresh_from_db()
    return row


def _follow(row: Inspection, lines: Sequence[Part], code: DefectCode | None, by: Any) -> list[Nonconformance]:
    """What a signed decision has in its train; the nonconformance that it raised, if any."""
    if row.rework_id is not None:
        reworked.settle(row, by=by)
        return []
    count_lot(inspection=row, by=by)
    kept = _kept_back(lines)
    raised = [_raise(row, kept, code, by)] if kept else []
    for line in row.usage.filter(tranche=None).exclude(kind__in=KEPT_BACK).order_by("line"):
        ask_line(row=row, line=line, by=by)
    shipments.say_decision(inspection=row, by=by)
    return raised


def _kept_back(lines: Sequence[Part]) -> Decimal:
    return sum((part.quantity for part in lines if part.kind in KEPT_BACK), Decimal())


def check_parts(inspection: Inspection, lines: Sequence[Part], *, note: str, defect_code: DefectCode | None) -> None:
    """Raises Invalid, naming the field."""
    total = sum((part.quantity for part in lines), Decimal())
    left = inspection.left_quantity
    if total != left or any(part.quantity <= 0 for part in lines):
        raise Invalid(
            _("The lines add up to %(total)s, but %(quantity)s are to be decided about.")
            % {"total": show(total), "quantity": f"{show(left)} {inspection.unit}"},
            field="lines",
            hint=_(
                "Each line needs a quantity above zero, and together exactly the lot without its released tranches."
            ),
            code="not_conserved",
        )
    kinds = [part.kind for part in lines]
    if inspection.rework_id is not None:
        reworked.check_parts(inspection, kinds)
    if unknown := [kind for kind in kinds if kind not in Usage.values]:
        raise Invalid(_("“%(kind)s” is no usage.") % {"kind": unknown[0]}, field="lines")
    if len(set(kinds)) != len(kinds):
        raise Invalid(_("A usage stands in two lines."), field="lines", hint=_("Add them up in one line."))
    if Usage.RETURN in kinds and inspection.supplier is None:
        raise Invalid(
            _("Nothing is returned without a supplier, and none is known for this lot."),
            field="lines",
            hint=_("Block it; the nonconformance decides about it."),
        )
    _check_departure(inspection, set(kinds), note)
    if Usage.UNRESTRICTED in kinds:
        check_certificates(inspection)
    if _kept_back(lines) and defect_code is None and inspection.rework_id is None:
        raise Invalid(
            _("What is blocked or reworked raises a nonconformance, which needs a defect code."), field="defect_code"
        )


def _check_departure(inspection: Inspection, kinds: set[str], note: str) -> None:
    rejected = inspection.verdict == LotVerdict.REJECTED
    if rejected and (not kinds & set(KEPT_BACK) or kinds & {Usage.SCRAP, Usage.RETURN}):
        raise Invalid(
            _("A lot that is not accepted goes to a nonconformance: scrap, return and use as is are decided there."),
            field="lines",
            hint=_("Block what is not accepted. Only what was sorted out as good is released here."),
            code="needs_nonconformance",
        )
    departs = Usage.UNRESTRICTED in kinds if rejected else kinds - {Usage.UNRESTRICTED, Usage.SAMPLE}
    if departs and not note.strip():
        raise Invalid(
            _("The decision departs from the verdict: say why."),
            field="note",
            hint=_("For example: sorted 100 %, 700 found good."),
            code="needs_reason",
        )


def _raise(row: Inspection, quantity: Decimal, defect_code: DefectCode | None, by: Any) -> Nonconformance:
    """One nonconformance with the characteristics that failed; its hold keeps the stock where it must stay."""
    assert defect_code is not None
    found = ncr.report_defect(defect=_defect(row, quantity, defect_code, by), by=by)
    row.ncr = found
    row.save(update_fields=["ncr"])
    reason = _("Not accepted by inspection %(number)s.") % {"number": row.number}
    place = ncr.hold_in_place if row.in_quarantine() else ncr.request_hold
    hold = place(ncr=found, by=by, reason=reason, quantity=quantity, lot=row.lot)
    row.usage.filter(kind__in=KEPT_BACK).update(hold=hold)
    return found


def _defect(row: Inspection, quantity: Decimal, code: DefectCode, by: Any) -> Any:
    failed = row.current_readings().exclude(verdict="passed").select_related("characteristic")
    said = [
        _("%(balloon)s %(name)s, sample %(sample)s: %(given)s (required: %(limits)s)")
        % {
            "balloon": one.characteristic.balloon, "name": one.characteristic.name, "sample": one.sample,
            "given": one.given, "limits": one.characteristic.limits_shown,
        }
        for one in failed
    ]  # fmt: skip
    lines = {one.characteristic.pk: str(one.characteristic) for one in failed}
    return ncr.DefectReport(
        site_id=row.site_id, item_id=row.item_id, part_number=row.part_number, part_name=row.part_name,
        part_revision=row.part_revision, defect_code_id=code.pk, defect=code.code, severity=code.severity,
        quantity=quantity, unit=row.unit, base_unit_id=row.item.unit_id, occurred_at=row.completed_at or now(),
        title=(_("%(number)s: %(part)s does not conform") % {"number": row.number, "part": row.part_number})[:200],
        lot_id=row.lot_id, lot_number=row.lot_number, order_id=row.order_id, order_number=row.order_number,
        supplier_id=row.supplier_id, supplier_name=row.supplier_name, detected_by=by.username,
        description="\n".join([_("Found by inspection %(number)s.") % {"number": row.number}, *said])[:4000],
        requirement=", ".join(lines.values())[:4000],
        origin=Origin.RECEIVING if row.kind == InspectionKind.INCOMING else Origin.PERSON,
    )  # fmt: skip


def ask_line(*, row: Inspection, line: UsageLine, by: Any) -> None:
    """What leaves moves from where it lies; what is released moves only out of quarantine."""
    lies_in = Place.QUARANTINE if row.in_quarantine() else Place.STORAGE
    if line.kind == Usage.UNRESTRICTED and lies_in == Place.STORAGE:
        return
    count = Posting.objects.of(row).filter(purpose__startswith=f"usage:{line.line}:").count()
    line.posting = commands.request_posting(
        record=row, kind=MOVES[Usage(line.kind)], purpose=f"usage:{line.line}:{count + 1}", lot=row.lot,
        quantity=line.quantity, by=by, from_place=lies_in,
        supplier=row.supplier if line.kind == Usage.RETURN else None,
    )  # fmt: skip
    line.save(update_fields=["posting"])


def post_again(*, inspection: Inspection, by: Any, version: int | None = None) -> Inspection:
    """Postings that were cancelled are asked for anew, under references of their own."""

    def ask(row: Inspection) -> None:
        for line in row.cancelled_lines():
            ask_line(row=row, line=line, by=by)
        shipments.ask_again(inspection=row, by=by)

    return _step(inspection, "post-again", by, version=version, after=ask, payload=told)


def complete_if_posted(*, inspection: Inspection, by: Any) -> None:
    """Decided, and the ERP has posted every part: the inspection has ended."""
    row = records.locked(inspection)
    if row.state == "DECIDED" and not row.waits_for_erp():

        def stamp(one: Inspection) -> tuple[str, ...]:
            one.posted_at = now()
            return ("posted_at",)

        records.system_step(record=row, name="post", by=by, change=stamp, payload=told)


def _step(inspection: Inspection, name: str, by: Any, **options: Any) -> Inspection:
    row: Inspection = records.step(record=inspection, name=name, by=by, **options)
    return row
