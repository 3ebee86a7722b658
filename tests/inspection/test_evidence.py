"""Values that a case or a nonconformance stands on stay when the raw ones of their day are dropped; so does every hour in numbers."""

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse

from inspection import actions
from inspection.actions import evidence
from inspection.models import EvidencePoint, Measurement, MeasurementHour, Series
from ncr.models import DefectCode
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import roles
from qms.accounts.models import Site
from qms.automation import actions as automation
from qms.automation.models import Case, Signal
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.records.bundle import content
from tests.connectors.mes import mes, mes_interface
from tests.connectors.test_measurements import body, post
from tests.factories import person
from tests.factories.values import values

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
PROVES = ("18",)


def old(mes, *numbers, days=100, **header):
    """Values of so many days ago, as they come late."""
    start = (now() - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    t = [(start + timedelta(seconds=n)).isoformat() for n in range(len(numbers))]
    sent = body(numbers, t=t, serial=[f"SN-{n}" for n in range(len(numbers))], header=header)
    assert post(mes, sent).status_code == 202
    return start


def test_what_a_case_stands_on_survives_the_drop_of_its_day(mes, make, client):
    code = DefectCode.objects.get(code="DIM-OUT")
    make.rule(state="ACTIVE", hears="limit", mode="suggest", watched="BORE", defect_code=code, part="")
    start = old(mes, 12.01, "12.500000000000000000000000001", 12.02, 11.0, 12.05)
    automation.judge()
    case = Case.objects.get()
    assert case.hits == 2 and not EvidencePoint.objects.exists(), "a suggestion is no record yet"
    assert actions.drop_old(days=30, by=person("manager")) == 5
    points = list(EvidencePoint.objects.order_by("measured_at"))
    assert not Measurement.objects.exists()
    assert [(p.record_number, str(p.value), p.serial, p.is_outside) for p in points] == [
        (case.number, "12.500000000000000000000000001", "SN-1", True), (case.number, "11.0", "SN-3", True),
    ]  # fmt: skip
    hour = MeasurementHour.objects.get()
    assert (hour.hour, hour.count, hour.outside, hour.most) == (start, 5, 2, Decimal("12.500000000000000000000000001"))
    assert Entry.objects.filter(event="measurement.kept").count() == 1
    client.force_login(person("engineer"))
    shown = client.get(reverse("inspection:evidence", args=[case.number])).content.decode()
    assert "SN-3" in shown and "outside the limits" in shown
    assert "inspection.evidencepoint" in content.read(case).subjects, "the bundle takes them along"
    assert actions.drop_old(days=30, by=person("manager")) == 0 and EvidencePoint.objects.count() == 2
    client.force_login(person("gongcheng"))
    assert client.get(reverse("inspection:evidence", args=[case.number])).status_code == 404


def test_the_values_of_a_case_that_became_a_record_hang_on_the_record_at_once(mes, make, people):
    code = DefectCode.objects.get(code="DIM-OUT")
    make.rule(state="ACTIVE", hears="limit", mode="suggest", watched="BORE", defect_code=code, part="")
    post(mes, body([12.0, 12.5], serial=["A", "B"], header={"lot": "LOT-26-0101"}))
    automation.judge()
    case = automation.accept(case=Case.objects.get(), by=people["engineer"])
    assert [(p.record_number, p.serial) for p in EvidencePoint.objects.all()] == [(case.ncr.number, "B")]
    assert Signal.objects.count() == 1 and Measurement.objects.count() == 2


def test_a_person_points_to_a_batch(make, client):
    record = make.report()
    batch = values(12, 13, 14, upper=Decimal("12.5"))
    address = reverse("inspection:batch-keep", args=[batch.uid])
    client.force_login(person("engineer"))
    assert address in client.get(batch.get_absolute_url()).content.decode()
    form = {"_key": str(uuid.uuid4()), "number": record.number, "whole": "0"}
    assert client.post(address, {**form, "number": "NCR-26-999999"}).status_code == 422
    assert client.post(address, form).status_code == 302 and EvidencePoint.objects.count() == 2
    again = {**form, "_key": str(uuid.uuid4()), "whole": "1"}
    assert client.post(address, again).status_code == 302 and EvidencePoint.objects.count() == 3
    part = client.get(reverse("inspection:evidence", args=[record.number]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "BORE" in part.content.decode()
    client.force_login(person("gongcheng"))
    assert client.get(address).status_code == 404 or client.get(address).status_code == 403
    nothing = values(12)
    client.force_login(person("engineer"))
    assert client.post(reverse("inspection:batch-keep", args=[nothing.uid]), form).status_code == 422


def test_when_evidence_cannot_be_kept_nothing_is_dropped(mes, monkeypatch):
    old(mes, 12.0)

    def broken(since, until):
        raise RuntimeError("the room above is out of order")

    monkeypatch.setattr("inspection.actions.evidence.KEEPERS", [broken])
    with pytest.raises(RuntimeError):
        actions.drop_old(days=30, by=person("manager"))
    assert Measurement.objects.count() == 1 and not MeasurementHour.objects.exists()


def test_more_values_than_one_act_takes_are_kept_all_and_only_those_of_the_case(mes, make, monkeypatch):
    """Rows of a machine: at one time, for one piece, a value of each characteristic."""
    monkeypatch.setattr(evidence, "MOST", 2)
    make.rule(state="ACTIVE", hears="limit", mode="suggest", watched="Diameter 1", part="",
              defect_code=DefectCode.objects.get(code="DIM-OUT"))  # fmt: skip
    post(mes, body([12.0]))
    named = partial(actions.name_series, unit="mm", factor=Decimal(1), by=person("engineer"), reason="as drawn")
    bore = Series.objects.select_related("item").get()
    named(series=bore, item=bore.item, characteristic="Diameter 1")
    start = (now() - timedelta(days=100)).replace(minute=0, second=0, microsecond=0)
    rows = [(n, name) for n in range(5) for name in ("DEPTH", "BORE", "ROUGH")]
    sent = body(
        [12.5 if name != "ROUGH" else 12.0 for _n, name in rows], characteristic=[name for _n, name in rows],
        t=[(start + timedelta(seconds=n)).isoformat() for n, _name in rows], serial=[f"SN-{n}" for n, _name in rows],
        ids=[f"{n}-{name}" for n, name in rows],
    )  # fmt: skip
    del sent["header"]["characteristic"]
    assert post(mes, sent).json()["kept"] == 15
    automation.judge()
    case = Case.objects.get()
    named(series=bore, item=bore.item, characteristic="Diameter 2")  # it is still what was heard
    assert actions.drop_old(days=30, by=person("manager")) == 15
    kept = EvidencePoint.objects.filter(record_number=case.number)
    assert sorted(kept.values_list("external_id", flat=True)) == [f"{n}-BORE" for n in range(5)]
    assert case.hits == EvidencePoint.objects.count() == 5 and Measurement.objects.count() == 1
    assert Entry.objects.filter(event="measurement.kept").count() == 3


def test_values_stay_on_their_site(make, client, monkeypatch):
    record, there = make.report(), Site.objects.get(code="SUZ")
    engineer = person("engineer")
    accounts.grant(user=engineer, role="quality_engineer", site=there, by=journal.SYSTEM)
    batch = values(12, 13, upper=Decimal("12.5"), site="SUZ")
    client.force_login(person("engineer"))
    form = {"_key": str(uuid.uuid4()), "number": record.number, "whole": "0"}
    refused = client.post(reverse("inspection:batch-keep", args=[batch.uid]), form)
    assert refused.status_code == 422 and "belongs to another site" in refused.content.decode()
    assert not EvidencePoint.objects.exists()
    page = reverse("inspection:evidence", args=[record.number])
    assert client.get(page).status_code == 200
    # Who sees the record, and measurements only of another site, does not see its values.
    accounts.grant(user=engineer, role="operator", site=there, by=journal.SYSTEM)
    monkeypatch.setitem(roles.MATRIX, "measurement.view", ("operator",))
    assert client.get(page).status_code == 404
