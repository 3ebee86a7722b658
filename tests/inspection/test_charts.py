"""Control charts of measured characteristics: their lines by the book, their signals, their figures, the same picture everywhere."""

from decimal import Decimal

import numpy as np
import pytest
from django.urls import reverse

from inspection.calc.errors import CalcError
from inspection.models import Measurement, Series
from inspection.queries import charts
from qms.ui.charts import MOST_DOTS, Panel, control
from tests.factories import person
from tests.factories.values import values

pytestmark = pytest.mark.django_db
STEADY = [10.0, 10.2, 9.9, 10.1, 10.0, 9.8, 10.1, 10.0, 9.9, 10.2]
ASKED = {"kind": "i_mr", "size": 5, "latest": 200, "first": 1, "last": 10, "rules": ["1", "2"]}


def told(numbers=(*STEADY, 13.0), **more):
    values(*numbers, lower=Decimal(9), upper=Decimal(11), **more)
    return Series.objects.latest("pk")


def study_of(one, **more):
    rows = charts.measured(Measurement.objects.all(), [one], latest=200)
    return charts.study(rows, **{"kind": "i_mr", "size": 5, "codes": ["1", "2"], **more})


def test_limits_are_of_the_stretch_and_judge_every_point():
    one = told()
    found = study_of(one, last=10)
    _low, centre, up, _sigma = found.plots[0].lines
    ranges = np.abs(np.diff(STEADY)).mean()
    assert centre[0] == pytest.approx(np.mean(STEADY)) and up[0] - centre[0] == pytest.approx(
        3 * ranges / 1.128379, rel=1e-6
    )
    assert found.plots[0].signals == {10: ["1"]} and found.plots[1].signals == {10: ["1"]}
    assert found.in_control and found.values[10].number == 13  # the signal lies behind the stretch
    assert not study_of(one).in_control
    with pytest.raises(CalcError, match="two points"):
        study_of(one, first=11)


def test_subgroups_follow_one_another_and_the_rest_is_told():
    found = study_of(told(), kind="x_r", size=3)
    assert [len(plot.points) for plot in found.plots] == [3, 3] and found.left_out == 2
    assert found.plots[0].points[0] == pytest.approx(np.mean(STEADY[:3]))
    assert found.plots[1].points[0] == pytest.approx(0.3)


def test_page_and_picture_show_the_same_chart_with_its_capability(client):
    one = told()
    client.force_login(person("engineer"))
    page = client.get(reverse("inspection:series-chart", args=[one.uid]), ASKED).content.decode()
    picture = client.get(reverse("inspection:series-chart-svg", args=[one.uid]), ASKED)
    assert picture["Content-Type"] == "image/svg+xml" and picture.content.decode() in page
    assert picture.content.count(b"<circle") == 21 and ">Cpk<" in page
    assert "One point beyond a control limit" in page and reverse("inspection:batch", args=[batch_uid()]) in page
    refused = client.get(reverse("inspection:series-chart", args=[one.uid]), {**ASKED, "first": 9, "last": 3})
    assert "The stretch ends after it begins." in refused.content.decode() and b"<polyline" not in refused.content
    assert client.get(reverse("inspection:series-chart-svg", args=[one.uid]), {"kind": "pie"}).status_code == 400


def batch_uid():
    return Measurement.objects.latest("pk").batch.uid


def test_values_that_do_not_vary_and_values_without_limits_are_refused_in_words():
    values(5, 5, 5, 5)
    ability = study_of(Series.objects.latest("pk")).capability
    assert ability.found is None and "no limit" in ability.refused
    values(5, 5, 5, 5, characteristic="FLAT", lower=Decimal(4), upper=Decimal(6))
    ability = study_of(Series.objects.latest("pk")).capability
    assert ability.found is None and "do not vary" in ability.refused


def test_a_long_chart_is_a_line_with_its_signals_alone():
    panel = Panel(
        "<b>", [1.0] * (MOST_DOTS + 1), [0], [1], [2], 0, {4: ["2", "5"]}, lambda at: "/x?a=1&b=2", lambda at: f"p{at}"
    )
    drawn = control([panel], label='"of" <it>')
    assert drawn.count("<circle") == 1 and ">2, 5</text>" in drawn
    assert "<b>" not in drawn and "&lt;it&gt;" in drawn and "a=1&amp;b=2" in drawn
