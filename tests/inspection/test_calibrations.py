"""Calibrations: judged by the server, approved by another person, and what a bad gauge had measured."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions
from inspection.calc import calibration as calc
from inspection.models import Calibration, Gauge, MeasurementBatch
from inspection.queries import uses_since
from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
TODAY = now().date()
STEPS = actions.CALIBRATION_STEPS


def point(found="10.001", left="", tolerance="0.004"):
    return {"nominal": "10", "tolerance": tolerance, "found": found, "left": left}


def approved(calibration, name="approve"):
    boss = person("manager")
    return STEPS[name](calibration=calibration, by=boss, signing=signing(boss))


def calibrated(make, gauge, **values):
    given = {"performed_date": TODAY, "points": [point()], **values}
    return actions.calibrate(gauge=gauge, by=person("engineer"), **given)


@pytest.mark.parametrize(
    ("found", "left", "result", "is_out"),
    [
        ("10.004", "", "passed", False),  # at the limit
        ("9.996", "", "passed", False),
        ("10.004001", "10", "adjusted", True),
        ("10.002", "10", "adjusted", False),
        ("10.005", "10.005", "failed", True),
        ("10", "10.0041", "failed", False),
    ],
)
def test_the_server_judges_exactly(found, left, result, is_out):
    rows = actions.points.points([point(found, left)])
    assert calc.judge(rows) == (result, is_out)


@pytest.mark.parametrize(
    ("day", "months", "said"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2027, 12, 1), 12, date(2028, 12, 1)),
     (date(2024, 2, 29), 12, date(2025, 2, 28))],
)  # fmt: skip
def test_the_next_one_is_due_on_the_same_day_of_the_month(day, months, said):
    assert calc.due(day, months) == said


@pytest.mark.parametrize("wrong", [point("ten"), point(tolerance="0"), point("1.0000001"), point("NaN"), {}])
def test_points_that_say_nothing_are_refused_whole(make, wrong):
    gauge = make.gauge()
    with pytest.raises(Invalid) as refused:
        calibrated(make, gauge, points=[point(), wrong])
    assert refused.value.field == "points" and "2" in str(refused.value)
    assert not Calibration.objects.filter(gauge=gauge).exists()
    with pytest.raises(Invalid):
        calibrated(make, gauge, points=[])
    with pytest.raises(Invalid) as refused:
        calibrated(make, gauge, performed_date=TODAY + timedelta(days=1))
    assert refused.value.field == "performed_date"


def test_an_approved_calibration_sets_the_dates_and_nobody_types_them_any_more(make):
    gauge = make.gauge(interval_months=12, check_points=[{"nominal": "10", "tolerance": "0.004"}])
    made = calibrated(make, gauge)
    with pytest.raises(Conflict):
        calibrated(make, gauge)
    with pytest.raises(Forbidden):
        STEPS["approve"](calibration=made, by=person("engineer"), signing=signing(person("engineer")))
    assert approved(made).state == "APPROVED"
    gauge = Gauge.objects.get(pk=gauge.pk)
    assert (gauge.calibrated_date, gauge.due_date) == (TODAY, calc.due(TODAY, 12))
    with pytest.raises(Invalid) as refused:
        actions.edit(
            gauge=gauge,
            by=person("engineer"),
            cause="INFO",
            reason="longer is fine",
            due_date=TODAY + timedelta(days=900),
        )
    assert refused.value.field == "due_date"
    assert actions.edit(
        cause="INFO", gauge=gauge, by=person("engineer"), reason="moved to the lab", location="Lab"
    ).location


def test_an_overdue_standard_is_refused(make):
    gauge = make.gauge()
    late, good = make.gauge(due_date=TODAY - timedelta(days=1)), make.gauge()
    for asset in (late.asset, gauge.asset, "NO-SUCH"):
        with pytest.raises(Invalid) as refused:
            calibrated(make, gauge, standards=[asset])
        assert refused.value.field == "standards"
    made = calibrated(make, gauge, standards=[good.asset])
    assert made.standards == [{"number": good.number, "asset": good.asset, "due_date": good.due_date.isoformat()}]


def test_out_of_tolerance_goes_out_of_service_at_once_and_its_impact_is_judged_by_signature(make):
    gauge = make.gauge(interval_months=6)
    made = calibrated(make, gauge, points=[point("10.009", "10")])
    gauge = Gauge.objects.get(pk=gauge.pk)
    assert gauge.state == "OUT_OF_SERVICE" and made.result == "adjusted"
    with pytest.raises(Conflict):
        actions.put_back(gauge=gauge, by=person("engineer"), reason="looks fine to me")
    with pytest.raises(Conflict):
        approved(made)
    made = approved(made, "approve-out")
    assert made.state == "IMPACT"
    boss = person("manager")
    made = STEPS["judge"](
        calibration=made, by=boss, signing=signing(boss), impact="none", reason="error far below the tolerances"
    )
    assert (made.state, made.impact) == ("APPROVED", "none")
    gauge = Gauge.objects.get(pk=gauge.pk)
    assert actions.put_back(gauge=gauge, by=person("engineer"), reason="adjusted and right").state == "IN_USE"


def test_a_failed_gauge_stays_out_and_keeps_its_dates(make):
    gauge = make.gauge(interval_months=6)
    approved(calibrated(make, gauge, points=[point("10.009")]), "approve-out")
    after = Gauge.objects.get(pk=gauge.pk)
    assert (after.state, after.due_date) == ("OUT_OF_SERVICE", gauge.due_date)
    with pytest.raises(Conflict):
        actions.put_back(gauge=after, by=person("engineer"), reason="looks fine to me")


def batch(gauge, days, **header):
    at = now() - timedelta(days=days)
    return MeasurementBatch.objects.create(
        site=gauge.site, source="mes", source_event=f"e{days}", header={"gauge": gauge.asset, **header}, told=37,
        kept=37, doubtful=0, rejected=0, outside=0, first_at=at, last_at=at, sha256="0" * 64, received_at=at,
    )  # fmt: skip


def test_every_reading_and_lot_since_the_last_good_calibration_is_listed(make):
    gauge, other = make.gauge(), make.gauge()
    record = make.report()
    batch(gauge, 150, lot="OLD")  # before the last good calibration, 100 days ago
    inside = batch(gauge, 40, lot=record.lot_number)
    batch(other, 41, lot="OTHER")
    made = calibrated(make, gauge, points=[point("10.009", "10")])
    found = [(use.kind, use.label, use.count) for use in uses_since(made)]
    assert ("readings", str(inside), 37) in found and ("lot", record.lot_number, 0) in found
    assert ("record", record.number, 0) in found
    assert not {"OLD", "OTHER"} & {label for _kind, label, _count in found}
    boss, made = person("manager"), approved(made, "approve-out")
    judged = STEPS["judge"](
        calibration=made, by=boss, signing=signing(boss), impact="affected", reason="the lot is measured again"
    )
    assert [(u["kind"], u["label"], u["count"]) for u in judged.impact_seen] == found


def test_what_people_read_with_it_at_inspections_is_listed_too(make):
    gauge = make.gauge(kind="bore gauge")
    plan = make.lotplan(characteristics=[{"balloon": "1", "name": "Bore", "lower": Decimal(12), "unit": "mm"}])
    lot = make.inspection(state="RELEASED", plan=plan, lot_number="HU-7731")
    actions.record_readings(inspection=lot, by=person("inspector"), cells=[actions.Cell("1", 1, "12.03", gauge=gauge)])
    found = [
        (use.kind, use.label, use.count) for use in uses_since(calibrated(make, gauge, points=[point("10.009", "10")]))
    ]
    assert ("readings", lot.number, 1) in found and ("lot", lot.lot_number, 0) in found


def test_the_database_refuses_what_no_act_does(make):
    made = make.calibration(state="IMPACT")
    for values in ({"state": "APPROVED"}, {"approved_by": made.created_by}, {"result": "passed"}):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            journal.act(journal.EVENTS["calibration.edited"], by=journal.SYSTEM),
        ):
            Calibration.objects.filter(pk=made.pk).update(**values)


def test_it_is_recorded_on_the_page_of_the_gauge(make, client):
    gauge = make.gauge(check_points=[{"nominal": "10", "tolerance": "0.004"}])
    client.force_login(person("engineer"))
    url = reverse("inspection:calibration-create", args=[gauge.number])
    assert "10 0.004" in client.get(url).content.decode()
    form = {"_key": str(uuid7()), "performed_date": TODAY.isoformat(), "points": "10 0,004 10,009 10"}
    answer = client.post(url, form)
    made = Calibration.objects.get(gauge=gauge)
    assert answer["Location"] == made.get_absolute_url() and made.is_out
    assert Decimal(made.points[0]["found"]) == Decimal("10.009")
    assert client.post(url, {**form, "_key": str(uuid7()), "points": "1 2 3 4 5"}).status_code == 422


def test_the_interface_takes_the_same(make, client):
    gauge = make.gauge()
    client.force_login(person("engineer"))
    body = {"gauge": gauge.number, "performed_date": TODAY.isoformat(), "points": [point()]}
    answer = client.post(
        "/api/v1/calibrations", body, content_type="application/json", headers={"Idempotency-Key": "c1"}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["result"] == "passed" and answer.json()["points"][0]["left"] == "10.001"
