"""From signals to cases to what a rule may do. One batch is one transaction; a fault leaves its signals to the next sweep."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.clock import now as clock
from qms.lib.errors import Refusal
from qms.records import actions as records

from .. import events, matching, queries
from ..choices import Hears, Mode, Why
from ..models import Case, Hit, Pending, Rule, Signal
from . import carrying, hearing, stops
from .cases import changed

LOG = logging.getLogger(__name__)
BATCH = 500
OPEN = ("GATHERING", "SHADOW", "SUGGESTED", "WAITING", "ACTED")
STEPS = {Mode.SHADOW: "shadow", Mode.SUGGEST: "suggest", Mode.APPROVAL: "wait", Mode.AUTO: "act"}


def judge(*, now: dt.datetime | None = None) -> int:
    """Asks the rules about everything that was heard. Returns how many signals were judged."""
    at, count = now or clock(), 0
    _expire(at)
    hear_ncrs(now=at)
    while done := _batch(at):
        count += done
    _lapse(at)
    return count


def hear_ncrs(*, now: dt.datetime) -> int:
    """New nonconformances become signals where a rule listens to them; read afterwards, so that reporting one costs nothing."""
    with transaction.atomic():
        found = [_ncr_signal(ncr) for ncr in queries.unheard_ncrs(now)[:BATCH]]
        return hearing.hear(signals=found, by=journal.SYSTEM) if found else 0


def _ncr_signal(ncr: Any) -> Signal:
    return Signal(
        kind=Hears.NCR,
        site_id=ncr.site_id,
        source=ncr.source or "qms",
        source_event=ncr.number,
        part=ncr.part_number,
        family=ncr.item.kind if ncr.item else "",
        lot=ncr.lot_number,
        order=ncr.order_number,
        operation=ncr.operation_name,
        work_center=ncr.work_center.number if ncr.work_center else "",
        code=ncr.defect_code.code if ncr.defect_code else "",
        severity=ncr.severity,
        quantity=ncr.affected_quantity,
        unit=ncr.unit,
        occurred_at=ncr.occurred_at,
    )


def _batch(now: dt.datetime) -> int:
    with transaction.atomic():
        taken = list(
            Pending.objects.select_for_update(skip_locked=True).order_by("pk")[:BATCH].values_list("pk", flat=True)
        )
        signals = list(Signal.objects.filter(pk__in=taken).order_by("occurred_at", "pk"))
        sites = {signal.site_id for signal in signals}
        for rule in queries.active(now).filter(site_id__in=sites).exclude(mode=Mode.OFF).order_by("pk"):
            mine = [s for s in signals if s.site_id == rule.site_id and matching.matches(rule, s)]
            _apply(rule, mine, now)
        Pending.objects.filter(pk__in=taken).delete()
        return len(taken)


def _apply(rule: Rule, signals: Iterable[Signal], now: dt.datetime) -> None:
    def key(signal: Signal) -> str:
        return matching.key_of(rule, signal)

    rows = sorted(signals, key=key)
    if rows:
        Rule.objects.select_for_update().get(pk=rule.pk)  # two workers never open two cases of one key
    for name, group in groupby(rows, key=key):
        for hits in _together(rule, list(group)):
            _gather(rule, name, hits, now)


def _together(rule: Rule, hits: list[Signal]) -> list[list[Signal]]:
    """In order of time, parted where the gap is as long as the window."""
    parts: list[list[Signal]] = []
    for hit in hits:
        if parts and matching.joins(rule, parts[-1][0].occurred_at, parts[-1][-1].occurred_at, hit.occurred_at):
            parts[-1].append(hit)
        else:
            parts.append([hit])
    return parts


def _gather(rule: Rule, key: str, hits: list[Signal], now: dt.datetime) -> None:
    known = Case.objects.filter(rule=rule, key=key, state__in=OPEN).order_by("-last_at")
    first, last = hits[0].occurred_at, hits[-1].occurred_at
    case = next((c for c in known[:5] if matching.joins(rule, c.first_at, c.last_at, first)
                 or matching.joins(rule, c.first_at, c.last_at, last)), None)  # fmt: skip
    case = _grown(case, hits) if case else _begun(rule, key, hits)
    Hit.objects.bulk_create([Hit(case=case, signal=hit) for hit in hits], ignore_conflicts=True)
    if case.state == "GATHERING" and case.hits >= rule.least_hits:
        _raise(rule, case, now)


def _begun(rule: Rule, key: str, hits: list[Signal]) -> Case:
    hit = hits[0]
    names = ("source", "part", "lot", "order", "operation", "work_center", "code", "unit")
    with journal.act(events.CASE_BEGUN, by=journal.SYSTEM) as act:
        case = Case.objects.create(
            site_id=rule.site_id,
            state="GATHERING",
            created_by=carrying.account(),
            rule=rule,
            key=key,
            hits=len(hits),
            quantity=sum((h.quantity for h in hits), matching.ZERO),
            first_at=hit.occurred_at,
            last_at=hits[-1].occurred_at,
            **{name: getattr(hit, name) for name in names},
        )
        act.record(case, changed(case))
    return case


def _grown(case: Case, hits: list[Signal]) -> Case:
    def change(row: Case) -> tuple[str, ...]:
        row.hits += len(hits)
        row.quantity += sum((h.quantity for h in hits), matching.ZERO)
        row.last_at = max(row.last_at, hits[-1].occurred_at)
        return ("hits", "quantity", "last_at")

    grown: Case = records.system_step(record=case, name="grow", by=journal.SYSTEM, change=change, payload=changed)
    if grown.ncr:
        carrying.keep_values(record=grown.ncr, signals=hits, by=journal.SYSTEM)
    return grown


def _raise(rule: Rule, case: Case, now: dt.datetime) -> None:
    mode, why, told = Mode(rule.mode), "", ""
    if mode in (Mode.APPROVAL, Mode.AUTO) and queries.stopped(rule.site_id, case.source):
        mode, why = Mode.SUGGEST, Why.STOPPED
    elif mode == Mode.AUTO:
        cost = queries.cost_of(case.part) if rule.value_per_hour is not None else None
        if why := matching.restraint(rule, queries.hour_of(rule, case.source, now), case.quantity, cost):
            mode = Mode.SUGGEST
        if why == Why.BURST:
            stops.brake(site=rule.site, source=case.source, rule=rule)
    if mode == Mode.AUTO:
        try:
            with transaction.atomic():
                _step(case, mode, now, carried=carrying.carry(case=case, by=carrying.agent(rule.site_id)))
            return
        except Refusal as refusal:
            mode, why, told = Mode.SUGGEST, Why.REFUSED, str(refusal)
        except DatabaseError:  # one case must not keep all others waiting
            LOG.exception("case %s was refused by the database", case.number)
            mode, why, told = Mode.SUGGEST, Why.REFUSED, _("The database refused it; the log of the worker says why.")
    _step(case, mode, now, why=why, told=told)


def _step(case: Case, mode: Mode, now: dt.datetime, *, carried: Any = None, why: str = "", told: str = "") -> None:
    def change(row: Case) -> tuple[str, ...]:
        row.raised_at, row.why, row.told = now, why, told
        if carried:
            row.ncr, row.acted_at = carried, now
        return ("raised_at", "why", "told", "ncr", "acted_at")

    by: Any = carrying.agent(case.site_id) if carried else journal.SYSTEM
    records.system_step(record=case, name=STEPS[mode], by=by, change=change, payload=changed)


def _expire(now: dt.datetime) -> None:
    from .rules import told

    for rule in Rule.objects.filter(state="ACTIVE", expires_on__lt=now.date()):
        records.system_step(record=rule, name="expire", by=journal.SYSTEM, payload=told)


def _lapse(now: dt.datetime) -> None:
    """Hits that stayed too few: their window is over, by the clock."""
    for case in Case.objects.filter(state="GATHERING").select_related("rule"):
        if not matching.joins(case.rule, case.first_at, case.last_at, now):
            records.system_step(record=case, name="lapse", by=journal.SYSTEM, payload=changed)
