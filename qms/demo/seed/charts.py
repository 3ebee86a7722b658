"""What a machine of Augsburg measured and told of itself: a bore under statistical control whose tool wore out, one signal answered,
the others open; and the temperature of its spindle, with an alert on its limit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from inspection import actions
from inspection.models import ControlChart, Series
from qms import journal
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Item

from .walk import person, signing

PART, MACHINE, SOURCE = "TB-4711", "CNC-01", "mes-aug"
BORE, HEAT = "BORE-12H7", "SPINDLE-TEMP"
# Thousandths above 12 mm, subgroups of five: twelve steady ones, then the tool wears out.
STEADY = (9, 8, 10, 9, 7, 10, 11, 8, 9, 9, 8, 7, 9, 10, 8, 11, 9, 10, 8, 9, 7, 9, 8, 10, 10, 9, 8, 9, 11, 9, 8, 10, 9, 7, 9,
          10, 8, 9, 9, 10, 9, 11, 8, 10, 9, 8, 9, 10, 7, 9, 10, 9, 8, 9, 10, 8, 9, 11, 9, 8)  # fmt: skip
WORN = (10, 11, 9, 10, 11, 11, 12, 11, 10, 12, 13, 12, 14, 12, 13)
CYCLE = (0, 12, -9, 5, -14, 8, -3, 15, -6, 2)  # of the coolant, tenths of a degree about 41
WARM = (*(Decimal(410 + CYCLE[at % 10]) / 10 for at in range(71)), *map(Decimal, ("44.5", "46", "48.4", "49.1")))
STEP = timedelta(minutes=4)


def load() -> None:
    engineer, manager, site = person("engineer"), person("manager"), Site.objects.get(code="AUG")
    begin = now() - STEP * (len(STEADY) + len(WORN) + 1)
    bore = _told(
        site, BORE, PART, [Decimal(12) + Decimal(each) / 1000 for each in STEADY], begin, 0, "12", "12.018", "mm"
    )
    actions.name_series(
        series=bore, by=person("integration"), item=Item.objects.live().get(number=PART), characteristic="Bore 12 H7",
        unit="mm", factor=Decimal(1), reason="The MES calls it so",
    )  # fmt: skip
    heat = _told(site, HEAT, MACHINE, list(WARM[:60]), begin, 0, "20", "48", "°C")
    actions.name_series(
        series=heat, by=person("integration"), item=None, characteristic="Spindle temperature", unit="°C", factor=Decimal(1),
        reason="The machine tells it of itself",
    )  # fmt: skip
    opened = _opened(
        engineer,
        bore,
        kind="x_r",
        size=5,
        rules=["1", "2"],
        reaction="Stop the machine, measure the last five parts, tell the setter.",
    )
    warm = _opened(
        engineer,
        heat,
        kind="i_mr",
        rules=["1", "L"],
        reaction="Check the coolant; the setter decides whether to go on.",
    )
    for chart in (opened, warm):
        _frozen(chart, manager)
    _told(
        site,
        BORE,
        PART,
        [Decimal(12) + Decimal(each) / 1000 for each in WORN],
        begin,
        len(STEADY),
        "12",
        "12.018",
        "mm",
    )
    _told(site, HEAT, MACHINE, list(WARM[60:]), begin, len(STEADY), "20", "48", "°C")
    actions.watch_charts(by=journal.SYSTEM)
    _answered(opened, engineer)


def _answered(opened: ControlChart, engineer: Any) -> None:
    signal = opened.signals.order_by("place", "pk").first()
    if signal:
        actions.close_signal(
            signal=signal, by=engineer, cause="Edge of the boring bar chipped", reaction="Insert changed, five parts measured",
            reason="The next subgroup lies on the centre line again",
        )  # fmt: skip


def _told(
    site: Site,
    characteristic: str,
    part: str,
    values: list[Decimal],
    begin: Any,
    first: int,
    low: str,
    high: str,
    unit: str,
) -> Series:
    actions.keep_measurements(
        by=journal.SYSTEM,
        told=actions.Told(
            system=SOURCE, site_id=site.pk, source=SOURCE, source_event=f"demo/{characteristic}/{first}", received_at=now(),
            part=part, characteristic=characteristic, unit=unit, lower=Decimal(low), upper=Decimal(high), values=values,
            times=[begin + STEP * (first + at) for at in range(len(values))], header={"equipment": MACHINE},
        ),
    )  # fmt: skip
    return Series.objects.get(site=site, source=SOURCE, part_name=part, characteristic_name=characteristic)


def _opened(by: Any, series: Series, **given: Any) -> ControlChart:
    return actions.open_chart(by=by, source="measurements", series=Series.objects.get(pk=series.pk), **given)


def _frozen(chart: ControlChart, by: Any) -> None:
    last = chart.points.count()
    sentence = f"I freeze the limits of {chart.title} from the points 1 to {last}, without 0 of them."
    actions.CONTROLCHART_STEPS["freeze"](
        controlchart=chart, by=by, signing=signing(by, sentence), first=1, last=last, reason="Steady since the machine was overhauled"
    )  # fmt: skip
