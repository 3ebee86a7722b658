"""Control charts that are kept: frozen limits, signals once each, cases with a cause; one bad chart holds up no other."""

import re

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions
from inspection.actions import watching
from inspection.models import ChartPoint, ChartSignal, ControlChart
from ncr.models import Nonconformance
from qms import journal
from qms.insight import charting
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from tests.factories import person, signing
from tests.factories.charts import STEADY

pytestmark = pytest.mark.django_db


def test_phase_one_freezes_a_signed_version_that_judges_what_comes_and_opens_no_ncr(make):
    chart = make.controlchart(series=make.series(*STEADY, 14, *STEADY))
    assert chart.points.count() == 21 and not chart.signals.exists()
    chart = make.frozen(chart, excluded=[{"place": 11, "reason": "tool broke"}])
    kept = np.array([*STEADY, *STEADY])
    spread = np.abs(np.diff(kept)).mean()
    assert chart.state == "MONITORING" and chart.figures["mean"] == pytest.approx(kept.mean())
    assert chart.figures["sigma"] == pytest.approx(spread / 1.128379, rel=1e-6)
    version = chart.versions.get()
    assert (version.number, version.stretch["excluded"][0]["reason"]) == (1, "tool broke")
    assert version.signature.signer == person("engineer") and not chart.signals.exists()
    before = Nonconformance.objects.count()
    found = make.more_values(chart, 10, 13, 10)
    assert [(one.place, one.track, one.rule) for one in found] == [(23, 0, "1"), (23, 1, "1"), (24, 1, "1")]
    assert Nonconformance.objects.count() == before
    assert actions.watch_charts(by=journal.SYSTEM) == 0 and chart.points.count() == 24


def test_new_limits_are_a_new_version_and_judge_nothing_twice(make):
    chart = make.controlchart(state="MONITORING")
    assert len(make.more_values(chart, 13, 13.1, 12.9)) == 4
    chart = make.frozen(
        ControlChart.objects.get(pk=chart.pk), first=11, last=13, reason="the customer moved the target"
    )
    assert chart.limits_number == 2 and [one.number for one in chart.versions.all()] == [2, 1]
    assert chart.signals.count() == 4 and len(make.more_values(chart, 13)) == 4
    assert {one.limits_number for one in make.more_values(chart, 10)} == {1, 2}


def test_subgroups_wait_until_they_are_whole(make):
    chart = make.controlchart(series=make.series(*STEADY, *STEADY, 10), kind="x_r", size=5)
    assert chart.points.count() == 4 and chart.points.get(place=4).numbers == list(STEADY[5:])
    chart = make.frozen(chart)
    assert make.more_values(chart, 13, 13, 13) == [] and chart.points.count() == 4
    found = make.more_values(chart, 13)
    assert sorted(chart.points.get(place=5).numbers) == [10, 13, 13, 13, 13] and {one.place for one in found} == {5}


@pytest.mark.parametrize(("kind", "wrong"), [("ewma", 10.4), ("cusum", 10.4), ("x_s", 13)])
def test_every_kind_of_values_finds_what_it_is_for(make, kind, wrong):
    size = 2 if kind == "x_s" else 1
    chart = make.frozen(make.controlchart(series=make.series(*STEADY, *STEADY), kind=kind, size=size, rules=["1"]))
    assert make.more_values(chart, *STEADY) == []
    assert make.more_values(chart, *[wrong] * 12)


@pytest.mark.parametrize(("kind", "bad"), [("p", 2), ("np", 2), ("c", 2), ("u", 2)])
def test_results_of_lots_are_counted_once(make, kind, bad):
    plan = make.lotplan(size=4)
    for at in range(6):
        make.inspection(state="RESULTS_COMPLETE", plan=plan, bad=at % 2)
    given = {"source": "lots", "site": plan.site, "item": plan.item, "rules": ["1"]}
    chart = actions.open_chart(by=person("engineer"), kind=kind, characteristic="Burr", **given)
    tail = list(chart.points.order_by("-place")[:6])
    assert [one.numbers[0] for one in tail] == [1, 0, 1, 0, 1, 0] and {one.size for one in tail} == {4}
    assert tail[0].inspection.plan == plan
    chart = make.frozen(chart, first=tail[-1].place, last=tail[0].place)
    make.inspection(state="RESULTS_COMPLETE", plan=plan, bad=4)
    actions.watch_charts(by=journal.SYSTEM)
    actions.watch_charts(by=journal.SYSTEM)
    assert chart.points.count() == tail[0].place + 1 and {one.place for one in chart.signals.all()} == {
        tail[0].place + 1
    }


def test_a_signal_is_a_case_with_its_cause_and_work_of_the_owner(make):
    signal = make.signal()
    owner, boss = person("engineer"), person("manager")
    asked = {task.label for task in charting.tasks(owner)}
    assert f"{signal.chart.number} #11.1 1" in asked
    assert f"{signal.chart.number} #11.1 1" not in {task.label for task in charting.tasks(boss)}
    assert actions.acknowledge_signal(signal=signal, by=boss).acknowledged_by == boss
    with pytest.raises(Conflict):
        actions.acknowledge_signal(signal=signal, by=boss)
    with pytest.raises(Invalid) as refused:
        actions.close_signal(signal=signal, by=boss, cause=" ", reaction="sorted", reason="all looked at")
    assert refused.value.field == "cause"
    with pytest.raises(Forbidden):
        actions.close_signal(signal=signal, by=person("operator"), cause="a", reaction="b", reason="all looked at")
    closed = actions.close_signal(
        signal=signal, by=boss, cause="tool broke", reaction="tool changed", reason="ten good pieces"
    )
    assert closed.closed_by == boss and f"{signal.chart.number} #11.1 1" not in {t.label for t in charting.tasks(owner)}
    with pytest.raises(Conflict):
        actions.close_signal(signal=signal, by=boss, cause="a", reaction="b", reason="all looked at")


def test_one_bad_chart_is_told_and_holds_up_no_other(make, monkeypatch):
    bad, good = make.controlchart(state="MONITORING"), make.controlchart(state="MONITORING")
    whole = watching.judge

    def judge(chart, feed, **more):
        return chart.figures["gone"] if chart == bad else whole(chart, feed, **more)

    monkeypatch.setattr(watching, "judge", judge)
    make.more_values(bad, 10)
    assert [one.place for one in make.more_values(good, 13)] == [11, 11]
    assert "KeyError" in ControlChart.objects.get(pk=bad.pk).feed.problem
    assert bad.number in {task.label for task in charting.tasks(person("engineer"))}
    assert not bad.points.filter(place=11).exists()  # nothing half done


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": 5, "last": 5}, "last"),
        ({"first": 1, "last": 99}, "last"),
        ({"excluded": [{"place": 3, "reason": " "}]}, "excluded"),
        ({"excluded": [{"place": 99, "reason": "why"}]}, "excluded"),
        ({"excluded": [{"place": 3, "reason": "why"}] * 2}, "excluded"),
        ({"first": 1, "last": 2, "excluded": [{"place": 2, "reason": "why"}]}, "last"),
    ],
)
def test_a_stretch_that_says_nothing_is_refused_whole(make, given, field):
    chart = make.controlchart()
    with pytest.raises(Invalid) as refused:
        make.frozen(chart, **given)
    assert refused.value.field == field and not ControlChart.objects.get(pk=chart.pk).versions.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rules": ["2"]}, "rules"),
        ({"kind": "ewma"}, "rules"),
        ({"kind": "p"}, "kind"),
        ({"kind": "x_r", "size": 1}, "size"),
        ({"weight": 0}, "weight"),
    ],
)
def test_a_chart_that_could_judge_nothing_is_not_opened(make, given, field):
    with pytest.raises(Invalid) as refused:
        make.controlchart(**given)
    assert refused.value.field == field


def test_the_database_refuses_what_no_act_does(make):
    signal = make.signal()
    point = signal.chart.points.first()
    again = {
        name: getattr(signal, name)
        for name in ("site", "chart", "limits_number", "place", "track", "rule", "value", "at")
    }
    for attempt in (
        lambda: ChartSignal.objects.create(**again),
        lambda: ChartSignal.objects.filter(pk=signal.pk).update(cause="x", closed_at=signal.at),
        lambda: signal.chart.versions.update(reason="another"),
        lambda: ControlChart.objects.filter(pk=signal.chart_id).update(kind="ewma"),
        lambda: ChartPoint.objects.create(chart=signal.chart, place=point.place, at=point.at, numbers=[1.0], keys=[1]),
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            journal.act(journal.EVENTS["controlchart.edited"], by=journal.SYSTEM),
        ):
            attempt()


def test_page_picture_and_interface_show_the_same(make, client):
    signal = make.signal()
    chart = signal.chart
    client.force_login(person("engineer"))
    page = client.get(chart.get_absolute_url()).content.decode()
    picture = client.get(reverse("inspection:controlchart-svg", args=[chart.number]))
    assert picture["Content-Type"] == "image/svg+xml" and picture.content.decode() in page
    assert signal.get_absolute_url() in page and "steady since the new tool" in page
    shown = client.get(f"/api/v1/control-charts/{chart.number}").json()
    drawn = client.get(f"/api/v1/control-charts/{chart.number}/chart.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    lines = re.findall(rb"<polyline[^>]*>", picture.content)
    assert lines and re.findall(rb"<polyline[^>]*>", drawn.content) == lines  # the hints say times in each one's zone
    assert shown["limits_number"] == 1 and shown["figures"]["mean"] == pytest.approx(np.mean(STEADY))
    assert "Stop, sort, adjust." in client.get(signal.get_absolute_url()).content.decode()
    answer = client.post(
        f"/api/v1/chart-signals/{signal.uid}/close",
        {"cause": "tool broke", "reaction": "changed", "reason": "ten good pieces"},
        content_type="application/json", headers={"Idempotency-Key": "s1"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert ChartSignal.objects.get(pk=signal.pk).closed_by == person("engineer")


def test_signals_of_one_cause_are_closed_together_or_none_of_them(make, client):
    first = make.signal()
    make.more_values(first.chart, 13.9, 13.8)
    others = list(first.chart.signals.exclude(pk=first.pk))
    words = {"cause": "tool broke", "reaction": "tool changed", "reason": "ten good pieces"}
    with pytest.raises(Invalid):
        actions.close_signals(signals=[first, make.signal()], by=person("engineer"), **words)
    assert len(others) >= 2 and first.chart.signals.open().count() == len(others) + 1
    client.force_login(person("engineer"))
    url = reverse("inspection:signal-close", args=[first.uid])
    assert f"#{others[0].place}" in client.get(url).content.decode()
    chosen = [str(one.uid) for one in others[:-1]]
    answer = client.post(url, {"_key": str(uuid7()), **words, "others": chosen})
    assert answer.status_code == 302, answer.content
    assert list(first.chart.signals.open()) == [others[-1]]
    assert {one.cause for one in first.chart.signals.exclude(pk=others[-1].pk)} == {"tool broke"}


def test_it_is_opened_and_frozen_on_pages(make, client):
    series = make.series()
    client.force_login(person("engineer"))
    url = reverse("inspection:series-control", args=[series.uid])
    assert url in client.get(series.get_absolute_url()).content.decode()
    form = {"_key": "01900000-0000-7000-8000-000000000001", "kind": "i_mr", "size": "5", "rules": ["1", "2"]}
    answer = client.post(url, form)
    chart = ControlChart.objects.get(series=series)
    assert answer["Location"] == chart.get_absolute_url()
    freeze = reverse("inspection:controlchart-freeze", args=[chart.number])
    told = {"version": chart.version, "first": 1, "last": 10, "excluded": "3 operator", "reason": "steady enough"}
    sign = {"_sign": "1", "_username": "engineer", "_password": signing(person("engineer")).password}
    assert client.post(freeze, {**told, "excluded": "three"}).status_code == 422
    client.post(freeze, {**told, **sign})
    assert ControlChart.objects.get(pk=chart.pk).stretch["excluded"] == [{"place": 3, "reason": "operator"}]
    assert Entry.objects.filter(event="controlchart.frozen").exists()
