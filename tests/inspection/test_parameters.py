"""Process parameters of a machine beside a characteristic, and alerts on the limits that they were told with."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inspection import actions
from inspection.models import Measurement, Series
from inspection.queries import charts, parameters
from ncr.models import Nonconformance
from qms import journal
from qms.journal.models import Entry
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.office.models import Notification
from qms.office.notifications import rules
from tests.factories import person
from tests.factories.charts import STEADY
from tests.factories.values import values

pytestmark = pytest.mark.django_db
ASKED = {"kind": "i_mr", "size": 5, "latest": 200, "first": 1, "rules": ["1", "2"]}


def measured(characteristic: str, *numbers: float, part: str = "TB-4711", **more: object) -> Series:
    values(*numbers, part=part, characteristic=characteristic, **more)
    return Series.objects.get(part_name=part, characteristic_name=characteristic)


def points(series: Series) -> list[charts.Value]:
    return charts.measured(Measurement.objects.all(), [series], latest=200)


def test_each_point_gets_what_the_machine_told_when_it_was_measured():
    heat = measured("TEMP", 41, 42, 55, part="CNC-77", lower=Decimal(20), upper=Decimal(50))
    bore = measured("BORE", *STEADY, header={"equipment": "CNC-77"})
    other = measured("TEMP", 20, part="CNC-99")
    found = parameters.choosable(bore, Series.objects.all())
    assert heat in found and other not in found and bore not in found
    (one,) = parameters.parameters(Measurement.objects.all(), [heat], points(bore))
    assert one.points == [41.0, 42.0, *[55.0] * 8] and len(one.points) == 10 and one.upper == 50
    assert one.outside == {place: ["L"] for place in range(2, 10)}


def test_the_same_serial_number_comes_before_the_time():
    bore = measured("BORE-S", 10.0, 10.1, serial=["A", "B"])
    force = measured("FORCE-S", 7, 8, 9, serial=["B", "C", "A"])
    (one,) = parameters.parameters(Measurement.objects.all(), [force], points(bore))
    assert one.points == [9.0, 7.0]


def test_the_page_draws_them_on_one_axis(client):
    bore = measured("BORE-P", *STEADY)
    heat = measured("TEMP-P", *[40 + at for at in range(10)], lower=Decimal(20), upper=Decimal(45))
    client.force_login(person("engineer"))
    url = reverse("inspection:series-chart", args=[bore.uid])
    alone = client.get(url, ASKED).content.decode()
    assert "TEMP-P" in alone and "USL " not in alone
    both = client.get(url, {**ASKED, "beside": [str(heat.uid)]}).content.decode()
    assert "USL 45" in both and "LSL 20" in both and both.count("<polyline") == alone.count("<polyline") + 1
    five = {**ASKED, "beside": ["0"]}
    assert "USL " not in client.get(url, five).content.decode()


def test_a_value_outside_the_limits_that_it_was_told_with_alerts_the_owner_and_opens_no_ncr(make):
    series = make.series(*STEADY, characteristic="PRESSURE-9", upper=Decimal(11))
    chart = make.frozen(make.controlchart(series=series, rules=["1", "L"]))
    before = Nonconformance.objects.count()
    values(10.3, part="PRESSURE-9", characteristic="PRESSURE-9", upper=Decimal("10.25"))
    actions.watch_charts(by=journal.SYSTEM)
    (signal,) = chart.signals.all()
    assert (signal.rule, signal.place, signal.value) == ("L", 11, Decimal("10.3"))
    rules.take(list(Entry.objects.filter(event="controlchart.signalled").order_by("id")))
    (told,) = Notification.objects.filter(event="controlchart.signalled", record_key=str(signal.pk))
    assert told.user == chart.owner and Nonconformance.objects.count() == before
    actions.watch_charts(by=journal.SYSTEM)
    assert chart.signals.count() == 1
    with pytest.raises(Invalid):  # it comes beside a rule of the chart, never alone
        make.controlchart(rules=["L"])


def test_what_belongs_to_no_part_is_a_process_parameter_and_needs_no_mapping(client):
    speed = measured("SPEED", 1200, part="CNC-7", unit="rpm")
    assert speed in Series.objects.unknown() and not speed.is_known
    client.force_login(person("integration"))
    form = {
        "_key": str(uuid7()), "item": "", "characteristic": "Spindle speed", "unit": "1/min", "factor": "1",
        "reason": "the machine tells it of itself",
    }  # fmt: skip
    assert client.post(reverse("inspection:series-name", args=[speed.uid]), form).status_code == 302
    speed = Series.objects.get(pk=speed.pk)
    assert speed.is_parameter and speed.is_known and speed not in Series.objects.unknown()
    made = actions.open_chart(
        by=person("engineer"),
        source="measurements",
        series=speed,
        kind="i_mr",
        rules=["1", "L"],
        reaction="Call the setter.",
    )
    assert made.characteristic == "Spindle speed" and made.part == "CNC-7"
