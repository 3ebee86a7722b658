"""Certificates: compared by the server, accepted by another person; a lot whose plan asks for one is not released without."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions
from inspection.actions import Part
from inspection.actions.skipping import heed_certificates
from inspection.models import CertificateLeave, Inspection, SamplingSequence
from inspection.queries.certificates import kinds_lacked, lacking
from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Lot, ReceiptLine
from tests.factories import person, signing
from tests.factories.lots import DOCK

pytestmark = pytest.mark.django_db
TODAY = now().date()
STEPS = actions.CERTIFICATE_STEPS
ASKS = {"kind": "incoming", "operation": "", "certificates": ["coc", "material"]}


def accepted(certificate):
    boss = person("manager")
    return STEPS["accept"](certificate=certificate, by=boss, signing=signing(boss))


def received(make):
    make.receipt(make.supplier(), Lot.objects.live().get(number="LOT-26-0101"))
    return ReceiptLine.objects.order_by("pk").last()


def release(lot):
    return actions.decide(
        inspection=lot, by=person("manager"), lines=[Part("unrestricted", Decimal(10))],
        signing=signing(person("manager")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([("1", "12", "mm")], "passed"),  # at the limit
        ([("1", "1.2018", "cm"), ("2", "pass", "")], "passed"),
        ([("1", "12,0180001", "mm"), ("2", "pass", "")], "failed"),
        ([], ""),
    ],
)
def test_values_are_judged_by_the_plan_as_readings_are(make, values, verdict):
    plan = make.inspectionplan(released=True, operation="")
    told = [dict(zip(("characteristic", "value", "unit"), one, strict=True)) for one in values]
    made = make.certificate(values=told)
    assert made.verdict == verdict
    assert (made.plan == plan) is bool(values)
    if verdict == "failed":
        assert made.values[0]["upper"] == "12.018"
        with pytest.raises(Conflict, match="does not prove"):
            accepted(made)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"values": [{"characteristic": "9", "value": "1"}]}, "values.0"),
        ({"values": [{"characteristic": "1", "value": "12 kg"}]}, "values.0.unit"),
        ({"values": [{"characteristic": "1", "value": "good"}]}, "values.0.given"),
        ({"issued_date": TODAY + timedelta(days=1)}, "issued_date"),
        ({"valid_until": TODAY - timedelta(days=30)}, "valid_until"),
        ({"reference": " "}, "reference"),
        ({"issuer_name": ""}, "issuer_name"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(make, told, field):
    make.inspectionplan(released=True, operation="")
    with pytest.raises(Invalid) as refused:
        make.certificate(**told)
    assert refused.value.field == field


def test_somebody_else_accepts_what_has_its_file_and_holds(make):
    bare = make.certificate(filed=False)
    with pytest.raises(Conflict, match="attach"):
        accepted(bare)
    old = make.certificate(issued_date=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=1))
    with pytest.raises(Conflict, match="ask for a new one"):
        accepted(old)
    good = make.certificate(valid_until=TODAY)
    with pytest.raises(Forbidden):
        STEPS["accept"](certificate=good, by=person("engineer"), signing=signing(person("engineer")))
    good = accepted(good)
    told = json.loads(journal.models.Entry.objects.filter(event="certificate.accepted").get().payload)["data"]
    assert told["files"] == [one.sha256 for one in good.files()] and good.acceptance is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        type(good).objects.filter(pk=good.pk).update(accepted_by=None)


def test_a_lot_is_not_released_without_what_its_plan_asks_for(make, client):
    line = received(make)
    plan = make.lotplan(item=line.item.number, **ASKS)
    assert plan.snapshot()["certificates"] == ["coc", "material"]
    lot = make.inspection(state="RESULTS_COMPLETE", plan=plan, receipt_line=line, lot_number="L-77")
    make.certificate(item=line.item.number)  # of no lot
    assert lot.missing_certificates() == ["coc", "material"]
    with pytest.raises(Invalid) as refused:
        release(lot)
    assert refused.value.code == "certificate_missing"
    with pytest.raises(Invalid) as refused:
        actions.release_part(
            inspection=lot, by=person("manager"), quantity=Decimal(3), reason="the line stands still and waits for them",
            signing=signing(person("manager")),
        )  # fmt: skip
    assert (refused.value.code, refused.value.field) == ("certificate_missing", "quantity")
    make.certificate(state="ACCEPTED", item=line.item.number, lots=["L-77"])
    assert [kinds_lacked(row) for row in lacking(Inspection.objects.all())] == [["Material or mill certificate"]]
    client.force_login(person("engineer"))
    page = client.get(reverse("inspection:certificate-missing")).content.decode()
    assert lot.number in page and "Material or mill certificate" in page
    with pytest.raises(Conflict):
        waive(lot, "coc")
    waive(lot, "material")
    assert CertificateLeave.objects.get().reason == "the customer knows and agreed in writing"
    assert not lacking(Inspection.objects.all()).exists()
    assert release(Inspection.objects.get(pk=lot.pk)).usage_decided_by == person("manager")


def waive(lot, kind):
    boss = person("manager")
    return actions.waive_certificate(
        inspection=lot, by=boss, kind=kind, reason="the customer knows and agreed in writing", signing=signing(boss)
    )


def test_a_lapsed_certificate_ends_the_skipping(make):
    mill = make.supplier()
    plan = make.lotplan(kind="incoming", **DOCK)
    make.inspection(state="POSTED", plan=plan, supplier=mill)
    held = SamplingSequence.objects.get(supplier=mill)
    make.certificate(state="ACCEPTED", supplier=mill, valid_until=TODAY)
    heed_certificates(by=journal.SYSTEM)
    assert SamplingSequence.objects.get(pk=held.pk).skip_mode == "skip_lot"
    late = TODAY + timedelta(days=1)
    heed_certificates(by=journal.SYSTEM, on=late)
    assert SamplingSequence.objects.get(pk=held.pk).skip_mode == "every_lot"
    assert held.events.order_by("-pk").first().reasons[0]["code"] == "skip_certificate"


def test_a_newer_certificate_of_the_kind_keeps_the_skipping(make):
    mill = make.supplier()
    make.inspection(state="POSTED", plan=make.lotplan(kind="incoming", **DOCK), supplier=mill)
    make.certificate(state="ACCEPTED", supplier=mill, valid_until=TODAY)
    make.certificate(state="ACCEPTED", supplier=mill, valid_until=TODAY + timedelta(days=300))
    heed_certificates(by=journal.SYSTEM, on=TODAY + timedelta(days=1))
    assert SamplingSequence.objects.get(supplier=mill).skip_mode == "skip_lot"


def test_a_plan_asks_at_goods_receipt_only(make):
    with pytest.raises(Invalid) as refused:
        make.inspectionplan(kind="final", certificates=["coc"])
    assert refused.value.field == "certificates"


def test_a_certificate_of_the_receipt_is_recorded_on_the_page(make, client):
    line = received(make)
    client.force_login(person("engineer"))
    sent = {
        "site": "AUG", "kind": "coc", "reference": "W-1", "issuer_name": "Mill", "issued_date": TODAY.isoformat(),
        "receipt_line": line.receipt.number, "item": line.item.number, "heats": "H1, H2",
    }  # fmt: skip
    answer = client.post(reverse("inspection:certificate-create"), sent, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200 and "CRT-" in page and "H1, H2" in page
