"""Gauges: registering, calibration that runs out by itself, service, and who may do what where."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import reverse

from inspection import actions
from inspection.models import Gauge
from inspection.tables import GAUGES, calibration
from qms import journal
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from tests.factories import person

pytestmark = pytest.mark.django_db
TODAY = now().date()


def home():
    return Site.objects.get(code="AUG")


def test_a_gauge_is_registered_once_for_one_form(make):
    uid, given = uuid7(), {"asset": "MM-77", "description": "Caliper", "site": home(), "by": person("engineer")}
    first = actions.register(uid=uid, **given)
    assert actions.register(uid=uid, **given).pk == first.pk
    assert first.number.startswith("GAU-") and first.state == "IN_USE"


def test_an_asset_number_is_never_used_again_on_a_site(make):
    gone = make.gauge(state="RETIRED", asset="MM-78")
    with pytest.raises(Invalid) as refused:
        make.gauge(asset="MM-78")
    assert refused.value.field == "asset"
    assert make.gauge(asset="MM-78", site="SUZ", by="gongcheng").pk != gone.pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"range_from": Decimal(5), "range_to": Decimal(1)}, "range_to"),
        ({"resolution": Decimal(0)}, "resolution"),
        ({"calibrated_date": TODAY, "due_date": TODAY}, "due_date"),
        ({"asset": "  "}, "asset"),
    ],
)
def test_values_that_cannot_be_true_are_refused_in_words(make, values, field):
    with pytest.raises(Invalid) as refused:
        make.gauge(**values)
    assert refused.value.field == field


def test_the_database_refuses_them_too(make):
    gauge = make.gauge()
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        journal.act(journal.EVENTS["gauge.edited"], by=journal.SYSTEM),
    ):
        Gauge.objects.filter(pk=gauge.pk).update(range_to=Decimal(-1))


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, "unknown"),
        (TODAY - timedelta(days=1), "overdue"),
        (TODAY, "due_soon"),
        (TODAY + timedelta(days=31), "valid"),
    ],
)
def test_overdue_is_computed_and_the_last_day_still_counts(make, due, said):
    gauge = make.gauge(calibrated_date=None, due_date=due)
    assert calibration(gauge) == said
    found = GAUGES.narrow(person("engineer"), QueryDict("overdue=1"))
    assert found.filter(pk=gauge.pk).exists() == (said == "overdue")


def test_it_returns_to_service_only_with_a_calibration_that_holds(make):
    gauge = make.gauge(state="OUT_OF_SERVICE", due_date=TODAY - timedelta(days=1))
    engineer = person("engineer")
    with pytest.raises(Conflict, match="calibration"):
        actions.put_back(gauge=gauge, by=engineer, reason="looks fine to me")
    actions.edit(
        cause="INFO",
        gauge=gauge,
        by=engineer,
        reason="calibrated again",
        calibrated_date=TODAY,
        due_date=date(2099, 1, 1),
    )
    assert actions.put_back(gauge=gauge, by=engineer, reason="calibrated again").state == "IN_USE"


def test_a_change_needs_a_reason_and_the_version_that_was_seen(make):
    gauge, engineer = make.gauge(), person("engineer")
    with pytest.raises(Invalid):
        actions.edit(cause="INFO", gauge=gauge, by=engineer, reason="n/a", location="Lab 2")
    actions.edit(
        cause="INFO", gauge=gauge, by=engineer, reason="moved to the lab", version=gauge.version, location="Lab 2"
    )
    with pytest.raises(Conflict) as stale:
        actions.edit(
            cause="INFO", gauge=gauge, by=engineer, reason="moved again", version=gauge.version, location="Lab 3"
        )
    assert [change[3:] for change in stale.value.changes] == [("", "Lab 2")]


def test_only_those_who_manage_gauges_of_the_site(make):
    with pytest.raises(Forbidden):
        make.gauge(by="operator")
    with pytest.raises(Forbidden):
        make.gauge(site="SUZ", by="engineer")


def test_another_sites_gauge_does_not_exist(make, client, people):
    gauge = make.gauge(site="SUZ", by="gongcheng")
    client.force_login(people["engineer"])
    for name in ("gauge-detail", "gauge-edit"):
        assert client.get(reverse(f"inspection:{name}", args=[gauge.number])).status_code == 404
    assert gauge.number not in client.get(reverse("inspection:gauge-list")).content.decode()


def test_registered_by_the_page_in_both_languages(client, people):
    client.force_login(people["gongcheng"])
    page = client.get(reverse("inspection:gauge-create")).content.decode()
    assert "登记量具" in page and 'value="SUZ"' in page and 'value="AUG"' not in page
    form = {
        "site": "SUZ",
        "asset": "KP-1",
        "description": "千分尺",
        "range_from": "0",
        "range_to": "25,5",
        "unit": "mm",
    }
    answer = client.post(reverse("inspection:gauge-create"), {"_key": str(uuid7()), **form})
    gauge = Gauge.objects.get(asset="KP-1")
    assert answer.status_code == 302 and answer["Location"] == gauge.get_absolute_url()
    assert gauge.range_to == Decimal("25.5") and "未记录" in client.get(answer["Location"]).content.decode()


def test_created_and_changed_by_the_interface(client, people):
    client.force_login(people["engineer"])
    body = {"site": "AUG", "asset": "API-1", "description": "Plug gauge", "resolution": "0.01"}
    made = client.post("/api/v1/gauges", body, content_type="application/json", headers={"Idempotency-Key": "k1"})
    assert made.status_code == 201 and made.json()["resolution"] == "0.01", made.content
    again = client.post("/api/v1/gauges", body, content_type="application/json", headers={"Idempotency-Key": "k1"})
    assert again.json()["number"] == made.json()["number"]
    wrong = client.post(
        "/api/v1/gauges", {**body, "site": "SUZ"}, content_type="application/json", headers={"Idempotency-Key": "k2"}
    )
    assert wrong.status_code == 403
