"""The control chart below the grid: kept points, then those of this lot; nothing is written by looking."""

import pytest
from django.urls import reverse

from inspection import actions, queries
from inspection.actions import Cell
from inspection.models import ChartPoint
from qms import journal
from tests.factories import person

pytestmark = pytest.mark.django_db
BORE = {"balloon": "7", "name": "Bore", "kind": "variable", "nominal": "12", "lower": "11", "upper": "13", "unit": "mm"}
STEADY = (12.0, 12.1, 11.9, 12.05, 11.95, 12.0, 12.1, 11.9, 12.0, 12.05)


def typed(make, plan, *values):
    lot = make.inspection(plan=plan, state="RELEASED", quantity="50")
    cells = [Cell("7", at, str(value)) for at, value in enumerate(values, start=1)]
    return actions.record_readings(inspection=lot, by=person("engineer"), cells=cells)


def charted(make, plan, **given):
    """Ten steady bores of an older lot, its limits frozen."""
    actions.complete(inspection=typed(make, plan, *STEADY), by=person("engineer"))
    told = {"kind": "i_mr", "rules": ["1"], "reaction": "Stop, measure again.", **given}
    chart = actions.open_chart(
        by=person("engineer"), source="readings", item=plan.item, site=plan.site, characteristic="Bore", **told
    )  # fmt: skip
    actions.watch_charts(by=journal.SYSTEM)
    return make.frozen(chart)


def test_points_of_the_lot_follow_the_kept_ones_and_a_broken_rule_brings_its_reaction_plan(make, client):
    plan = make.lotplan(kind="final", size=10, characteristics=[BORE])
    chart, before = charted(make, plan), ChartPoint.objects.count()
    assert before == 10
    lot = typed(make, plan, "12.02", "12.8")
    line = lot.characteristics.get()
    study, hits, _refused = queries.focus.study_of(chart, line)
    assert study.plots[0].points.tolist() == [*STEADY, 12.02, 12.8] and hits == {11: ["1"]}
    client.force_login(person("inspector"))
    url = reverse("inspection:inspection-focus", args=[lot.number])
    page = client.get(url, {"characteristic": str(line.uid)}).content.decode()
    assert "<svg" in page and "Stop, measure again." in page and "The last 2 points are of this lot" in page
    assert ChartPoint.objects.count() == before and not chart.signals.exists()
    grid = client.get(reverse("inspection:inspection-readings", args=[lot.number])).content.decode()
    assert f'data-chart="{url}?characteristic={line.uid}"' in grid


def test_what_is_kept_is_not_drawn_twice_and_a_subgroup_waits_until_it_is_whole(make):
    plan = make.lotplan(kind="final", size=10, characteristics=[BORE])
    chart = charted(make, plan, kind="x_r", size=5)
    lot = typed(make, plan, *STEADY[:7])
    line = lot.characteristics.get()
    points, kept = queries.focus.points_of(chart, line)
    assert (len(points), kept) == (3, 2), "two readings wait for their subgroup"
    cells = [Cell("7", at, "12") for at in (8, 9, 10)]
    lot = actions.record_readings(inspection=lot, by=person("engineer"), cells=cells)
    actions.complete(inspection=lot, by=person("engineer"))
    actions.watch_charts(by=journal.SYSTEM)
    points, kept = queries.focus.points_of(chart, line)
    assert (len(points), kept) == (4, 4)


def test_no_chart_or_one_that_the_reader_may_not_see_answers_with_nothing(make, client):
    plan = make.lotplan(kind="final", size=2, characteristics=[BORE])
    lot = typed(make, plan, "12")
    client.force_login(person("inspector"))
    url = reverse("inspection:inspection-focus", args=[lot.number])
    for asked in ({"characteristic": str(lot.characteristics.get().uid)}, {"characteristic": "x"}, {}):
        assert client.get(url, asked).status_code == 204
