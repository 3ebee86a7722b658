"""Switching: what a decided lot, an authority or a change of production does to the severity of the next lot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qms import journal
from qms.records import actions as records
from qms.records.actions import Signing

from .. import events
from ..calc import switching
from ..calc.switching import LotJudged, ProductionChanged, ReducedAuthorised, Resumed, SwitchState
from ..choices import Severity, Skipping, Switching, Turn
from ..models import Inspection, SamplingEvent, SamplingSequence
from ..queries import sampling
from . import skipping

# The plan's names → those of the calculation.
SCHEMES = {Switching.ISO: "iso", Switching.ANSI: "z14"}


def sequence_for(*, plan: Any, item: Any, supplier: Any, by: Any) -> SamplingSequence | None:
    """Of part × supplier × plan, begun when it is first asked for; inside the caller's act. None where the plan neither switches nor
    skips."""
    if plan.switching == Switching.NONE and plan.skipping == Skipping.NONE:
        return None
    found, _new = SamplingSequence.objects.get_or_create(
        site_id=plan.site_id, item=item, supplier=supplier, family=plan.family, origin=None,
        defaults={"scheme": plan.switching, "memory": SwitchState().as_dict()},
    )  # fmt: skip
    if found.scheme == Switching.NONE and plan.switching != Switching.NONE:
        found.scheme = plan.switching  # it was begun for the skipping alone
        found.save(update_fields=["scheme"])
    for line in plan.characteristics.filter(switches=True) if plan.switching != Switching.NONE else ():
        SamplingSequence.objects.get_or_create(
            site_id=plan.site_id, item=item, supplier=supplier, family=plan.family, origin=line.origin,
            defaults={
                "parent": found, "characteristic": f"{line.balloon} {line.name}", "scheme": plan.switching,
                "memory": SwitchState().as_dict(),
            },
        )  # fmt: skip
    return found


def count_lot(*, inspection: Inspection, by: Any) -> None:
    """The result of a lot is final: it counts once, and only on original inspection; that of a characteristic that switches by itself
    counts apart, where it was read to its end. Inside the caller's act."""
    if inspection.sequence_id is None:
        return
    told = sampling.counted(inspection)
    held, *own = inspection.sequences()
    _turn(inspection, held, Turn.LOT, [told], by=by, accepted=told.accepted)
    for each in own:
        if (apart := sampling.counted_apart(inspection, each.origin)) is not None:
            _turn(inspection, each, Turn.LOT, [apart], by=by, accepted=apart.accepted)


def authorise_reduced(
    *, inspection: Inspection, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> Inspection:
    """The responsible authority signs that production is steady and that reduced inspection is wanted (ISO 2859-1, 9.3.3), wherever it is
    earned."""
    steps = [ProductionChanged(steady=True), ReducedAuthorised(granted=True)]
    return _step(
        inspection, "authorise-reduced", Turn.AUTHORISED, steps, by, reason=reason, signing=signing, version=version,
        where=lambda held: held.is_earned,
    )  # fmt: skip


def report_irregular(*, inspection: Inspection, by: Any, reason: str, version: int | None = None) -> Inspection:
    """Production has become irregular or delayed: normal inspection from the next lot on, of every characteristic."""
    steps = [ProductionChanged(steady=False)]
    return _step(inspection, "report-irregular", Turn.IRREGULAR, steps, by, reason=reason, version=version)


def resume_sampling(
    *, inspection: Inspection, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> Inspection:
    """After the supplier has acted, at tightened inspection. `reason`: what the supplier did."""
    return _step(
        inspection, "resume-sampling", Turn.RESUMED, [Resumed()], by, reason=reason, signing=signing, version=version,
        where=lambda held: held.discontinued,
    )  # fmt: skip


def _step(
    inspection: Inspection, name: str, turn: Turn, steps: list[Any], by: Any,
    where: Callable[[SamplingSequence], bool] = lambda _held: True, **options: Any,
) -> Inspection:  # fmt: skip
    told: list[events.SamplingTurned] = []

    def after(row: Inspection) -> None:
        meant = [held for held in row.sequences() if where(held)]
        told.extend(_turn(row, held, turn, steps, by=by, note=options["reason"]) for held in meant)
        for held, one in list(zip(meant, told, strict=True))[1:]:  # the first is told by the step itself
            with journal.act(turned(held), by=by, reason=options["reason"]) as act:
                act.record(row, one)

    row: Inspection = records.step(
        record=inspection, name=name, by=by, after=after, payload=lambda _row: told[0], **options
    )
    return row


def _turn(
    inspection: Inspection, sequence: SamplingSequence, turn: Turn, steps: list[Any], *, by: Any, note: str = "",
    accepted: bool | None = None,
) -> events.SamplingTurned:  # fmt: skip
    held = SamplingSequence.objects.select_for_update(of=("self",)).get(pk=sequence.pk)
    before, state, reasons = held.severity, held.state, []
    for one in steps if held.scheme != Switching.NONE else ():
        if isinstance(one, LotJudged) and state.severity == switching.DISCONTINUED:
            # Released before it was discontinued: its result is kept, and moves nothing.
            reasons.append({"code": "discontinued_already", "facts": {}})
            continue
        state, why = switching.step(SCHEMES[Switching(held.scheme)], state, one)
        reasons += [{"code": reason.code, "facts": reason.facts} for reason in why]
    stopped = state.severity == switching.DISCONTINUED
    is_news = stopped and not held.discontinued
    held.memory, held.score, held.discontinued = state.as_dict(), state.score, stopped
    held.severity = Severity.TIGHTENED if stopped else Severity(state.severity)
    skipped: tuple[str, ...] = ()
    if turn == Turn.LOT and held.parent_id is None:  # lots are skipped whole
        skipped, more = skipping.count(inspection, held)
        reasons += more
    held.save(update_fields=["memory", "score", "discontinued", "severity", *skipped])
    SamplingEvent.objects.create(
        sequence=held, inspection=inspection, turn=turn, accepted=accepted, before=before, after=held.severity,
        score=state.score, reasons=reasons, note=note, by=by,
    )  # fmt: skip
    told = _told(inspection, held, before, reasons)
    if turn == Turn.LOT and (is_news or before != held.severity):
        with journal.act(events.SAMPLING_STOPPED if is_news else turned(held), by=by) as act:
            act.record(inspection, told)
    return told


def turned(held: SamplingSequence) -> journal.Event:
    return events.SAMPLING_TURNED_APART if held.origin else events.SAMPLING_TURNED


def _told(
    inspection: Inspection, held: SamplingSequence, before: str, reasons: list[dict[str, Any]]
) -> events.SamplingTurned:
    return events.SamplingTurned(
        number=inspection.number,
        part=inspection.part_number,
        supplier=inspection.supplier_name,
        before=before,
        after=held.severity,
        score=held.score,
        reasons=[one["code"] for one in reasons],
        characteristic=held.characteristic,
    )
