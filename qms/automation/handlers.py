"""What is measured, tested and reported becomes signals, in the transaction that keeps it; nothing is decided here."""

from decimal import Decimal

from inspection.queries import Fact, facts_of
from qms.journal import Happening, subscribe
from qms.lib.quantity import show

from . import actions
from .choices import SEVERITIES, Hears
from .models import Signal

KINDS = {"measurement": Hears.LIMIT, "test": Hears.TEST, "alert": Hears.ALERT}
# Runs whose pieces are not product: what they show is the machine's or the gauge's affair.
TRIALS = frozenset({"setup", "set_up", "set-up", "gauge_check", "gauge-check", "calibration", "trial"})


@subscribe("measurement.recorded")
@subscribe("mes.test_reported")
@subscribe("mes.alert_raised")
def hear(news: Happening) -> None:
    if getattr(news.payload, "outside", 1) == 0:
        return
    signals = [_signal(fact, place) for place, fact in enumerate(facts_of(news.subject))]
    if signals:
        actions.hear(signals=signals, by=news.by)


def _signal(fact: Fact, place: int) -> Signal:
    """An alert that is raised again under its old id is another signal: its time tells them apart."""
    return Signal(
        kind=KINDS[fact.kind],
        site_id=fact.site_id,
        source=fact.source,
        source_event=f"{fact.event}@{fact.at:%Y%m%dT%H%M%S%f}" if fact.kind == "alert" else f"{fact.event}#{place}",
        part=fact.part,
        family=fact.family,
        lot=fact.lot,
        order=fact.order,
        operation=fact.operation,
        work_center=fact.station,
        serial=fact.serial,
        code=fact.code,
        severity=fact.severity if fact.severity in SEVERITIES else "",  # a word of theirs ranks nowhere
        quantity=Decimal(1),
        value="" if fact.value is None else f"{show(fact.value)} {fact.unit}".strip()[:80],
        limits=_limits(fact),
        is_trial=fact.run.lower() in TRIALS,
        occurred_at=fact.at,
    )


def _limits(fact: Fact) -> str:
    if fact.lower is None and fact.upper is None:
        return ""
    return " … ".join("–" if limit is None else show(limit) for limit in (fact.lower, fact.upper))[:120]
