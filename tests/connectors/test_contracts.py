"""Contract drift: what departs is stopped where the mapping needs it, noted where it does not, and accepted by a person only."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors import inbox, tasks
from connectors.actions import contracts
from connectors.inbox import drift
from connectors.models import Alarm, Cause, Contract, InboxMessage, Retry, SeenShape
from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden
from tests.connectors.mes import Mes, event, in_use, mes, mes_interface

PROVES = ("11.10(a)", "11.10(f)")
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
DEFECT, WHY = "mes.defect.logged", "as agreed with the supplier of the MES"
RULES = {
    "fields": [
        {"to": "nc_code", "from": "/Group/Code", "values": {"17": "DIM-OUT", "18": "DIM-OUT"}},
        {"to": "part", "from": "/Material"},
        {"to": "lot", "from": ["/Lot", "/Batch"]},
        {"to": "quantity.affected", "from": "/Qty", "as": "decimal"},
        {"to": "quantity.unit", "value": "m"},
    ]
}


def foreign(**data):
    known = {"Group": {"Code": "17"}, "Material": "RM-TI64-B25", "Lot": "LOT-26-0001", "Qty": 5, "Remark": "seen"}
    data = {name: value for name, value in {**known, **data}.items() if value is not ...}
    return {**event(), "id": str(uuid.uuid4()), "data": data}


@pytest.fixture
def agreed(mes: Mes, mes_interface, people) -> Contract:
    """Learned from five messages that became records."""
    in_use(mes_interface, RULES)
    for _n in range(5):
        assert mes.post(foreign()).status_code == 201
    return contracts.learn(interface=mes_interface, message_type=DEFECT, by=people["integration"], reason=WHY)


def test_it_is_learned_from_what_became_records(agreed, mes_interface, people):
    assert agreed.edition == 1 and agreed.learned["messages"] == 5
    assert agreed.shape["/Group/Code"]["codes"] == ["17", "18"] and agreed.shape["/Qty"]["types"] == ["number"]
    assert agreed.shape["/Material"]["filled"] == 100 and agreed.shape["/Remark"]["codes"] is None
    with pytest.raises(Conflict, match="not enough"):
        contracts.learn(interface=mes_interface, message_type="mes.alert.raised", by=people["integration"], reason=WHY)
    with pytest.raises(Forbidden):
        contracts.learn(interface=mes_interface, message_type=DEFECT, by=people["operator"], reason=WHY)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"Lot": ...}, ["vanished", "/Lot", ""]),
        ({"Lot": None}, ["vanished", "/Lot", ""]),
        ({"Material": ["RM-TI64-B25"]}, ["type", "/Material", "list"]),
        ({"Qty": "5"}, ["type", "/Qty", "text"]),
        ({"Group": {"Code": "99"}}, ["code", "/Group/Code", "99"]),
    ],
)
def test_what_the_mapping_needs_stops_before_it_is_wrong(agreed, mes: Mes, sent, found):
    answer = mes.post(foreign(**sent))
    assert (answer.status_code, answer.json()["status"]) == (202, "needs_mapping"), answer.content
    assert found[1] in answer.json()["problem"]
    row = InboxMessage.objects.get(state="NEEDS_MAPPING")
    assert Cause.objects.get(message=row).kind == "drift" and Nonconformance.objects.count() == 5
    assert found in SeenShape.objects.get().findings and SeenShape.objects.get().stops
    assert Alarm.objects.get().kind == "shape"
    said = json.loads(Entry.objects.filter(event="interface.alarmed").latest("pk").payload)
    assert found[1] in json.dumps(said)
    mes.post(foreign(**sent))
    assert Alarm.objects.count() == SeenShape.objects.count() == 1, "told once"
    assert inbox.retry_waiting() == 0, "and it waits until somebody has looked"


def test_what_is_only_added_or_not_needed_is_noted(agreed, mes: Mes):
    assert mes.post(foreign(Shift="B", Remark=...)).status_code == 201
    seen = SeenShape.objects.get()
    assert sorted(one[0] for one in seen.findings) == ["added", "vanished"] and not seen.stops
    assert not Alarm.objects.exists()
    assert mes.post(foreign(Lot=..., Batch="LOT-26-0001")).status_code == 201, "the rule has another source"


def test_a_sender_that_invents_names_fills_no_table_and_is_told(agreed, mes: Mes, monkeypatch):
    monkeypatch.setattr(drift, "KEPT", 2)
    for name in ("A", "B", "C", "D"):
        assert mes.post(foreign(**{name: 1})).status_code == 201
    assert SeenShape.objects.count() == 2
    assert "More than 2 shapes departed" in drift.alarm_told(Alarm.objects.get().values), "told once"
    assert mes.post(foreign(E=1, Qty="5")).json()["status"] == "needs_mapping", "and what stops still stops"
    assert SeenShape.objects.count() == 2


def test_a_batch_stops_those_alone_that_depart(agreed, mes: Mes):
    told = mes.client.post(
        "/api/v1/mes/events/batch", json.dumps([foreign(), foreign(Qty="5"), foreign()]),
        content_type="application/cloudevents-batch+json", headers={"Authorization": f"Bearer {mes.token}"},
    ).json()  # fmt: skip
    assert [item["status"] for item in told] == ["created", "needs_mapping", "created"]


def test_the_hot_path_asks_nothing_more(agreed, mes: Mes):
    mes.post(foreign())
    with CaptureQueriesContext(connection) as with_contract:
        mes.post(foreign())
    agreed_terms = drift.KNOWN[agreed.pk, agreed.edition, InboxMessage.objects.latest("pk").mapping_id]
    assert agreed_terms.seen, "remembered by shape"
    assert not [
        q
        for q in with_contract.captured_queries
        if q["sql"].startswith("SELECT") and "connectors_seenshape" in q["sql"]
    ]


def test_a_person_accepts_and_what_waited_goes_on(agreed, mes: Mes, owner, client, people, bell_of):
    rung = bell_of(tasks.retry_cause)
    mes.post(foreign(Group={"Code": "DIM-OUT"}))
    page = owner.get(agreed.get_absolute_url()).content.decode()
    assert "Stops its messages" in page and "nc_code" in page
    assert (
        "shape departs"
        in owner.get(reverse("connectors:interface", args=["mes-aug"]) + "?tab=contracts").content.decode()
    )
    accept = reverse("connectors:contract-accept", args=["mes-aug", agreed.pk])
    assert owner.post(accept, {"reason": ""}).status_code == 422
    assert owner.post(accept, {"reason": WHY}).status_code == 302
    agreed.refresh_from_db()
    assert agreed.edition == 2 and "DIM-OUT" in agreed.shape["/Group/Code"]["codes"]
    assert not Alarm.objects.filter(settled_at=None).exists()
    inbox.worklist.carry_on(rung[0][0])
    assert Retry.objects.get().applied == 1 and Nonconformance.objects.count() == 6
    assert owner.post(accept, {"reason": WHY}).status_code == 409, "nothing departs any more"
    client.force_login(people["operator"])
    assert client.get(agreed.get_absolute_url()).status_code in (403, 404)
