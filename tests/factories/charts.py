"""Control charts over values that a MES told, frozen by the acts that freeze them in life."""

from typing import Any

from inspection import actions as inspection
from inspection.models import ChartSignal, ControlChart, Series
from qms import journal

from .people import person, signing
from .values import values

STEADY = (10.0, 10.2, 9.9, 10.1, 10.0, 9.8, 10.1, 10.0, 9.9, 10.2)
COUNT = iter(range(1, 10**9))


class Charts:
    def series(self, *numbers: Any, site: str = "AUG", characteristic: str = "", **more: Any) -> Series:
        """A measured characteristic of its own with these values, a second apart."""
        name = characteristic or f"CC-{next(COUNT)}"
        values(*(numbers or STEADY), site=site, part=name, characteristic=name, **more)
        return Series.objects.latest("pk")

    def controlchart(
        self, *, state: str = "TRIAL", site: str = "AUG", by: str = "", series: Series | None = None, **given: Any
    ) -> ControlChart:
        """I-MR of ten steady values where nothing else is said."""
        who = person(by or ("engineer" if site == "AUG" else "gongcheng"))
        given = {"kind": "i_mr", "rules": ["1", "2"], "reaction": "Stop, sort, adjust.", **given}
        series = series or self.series(site=site)
        made = inspection.open_chart(by=who, source="measurements", series=series, **given)
        if state == "RETIRED":
            return inspection.CONTROLCHART_STEPS["retire"](
                controlchart=made, by=who, reason="the part is not made any more"
            )
        return self.frozen(made, by=who) if state == "MONITORING" else made

    def frozen(self, chart: ControlChart, *, by: Any = None, **given: Any) -> ControlChart:
        who = by or person("engineer")
        told = {"first": 1, "last": chart.points.count(), "reason": "steady since the new tool", **given}
        return inspection.CONTROLCHART_STEPS["freeze"](controlchart=chart, by=who, signing=signing(who), **told)

    def more_values(self, chart: ControlChart, *numbers: Any) -> list[ChartSignal]:
        """Told, then looked at: the signals of the chart, oldest first."""
        one = chart.series
        assert one
        values(
            *numbers, site=one.site.code, part=one.part_name, characteristic=one.characteristic_name, source=one.source
        )
        inspection.watch_charts(by=journal.SYSTEM)
        return list(chart.signals.order_by("place", "track", "rule"))

    def signal(self, *, site: str = "AUG", **given: Any) -> ChartSignal:
        return self.more_values(self.controlchart(state="MONITORING", site=site, **given), 13)[0]
