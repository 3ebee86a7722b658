"""One event, one NCR: what the MES sends, what it is answered, what is kept."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox
from connectors.models import InboxMessage, Quarantined
from ncr.models import Nonconformance
from qms import journal
from qms.journal.models import Entry
from tests.connectors.mes import event, mes, mes_interface

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def test_an_event_becomes_one_ncr(mes):
    sent = event(note="Bore 0.2 too large", operator="OP-7", order="")
    answer = mes.post(sent)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    ncr = Nonconformance.objects.get()
    assert told["record"] == ncr.number and told["status"] == "created" and told["url"].endswith(f"/r/{ncr.number}")
    assert (ncr.state, ncr.severity, ncr.affected_quantity, ncr.unit) == ("OPEN", "major", Decimal(5), "m")
    assert ncr.part_number == "RM-TI64-B25" and ncr.lot.number == ncr.lot_number == "LOT-26-0001"
    assert ncr.description == "Bore 0.2 too large" and ncr.detected_by == "OP-7"
    assert ncr.title == "Dimension out of tolerance: RM-TI64-B25"
    assert ncr.occurred_at.isoformat() == "2026-05-04T06:15:00+00:00"
    row = InboxMessage.objects.get()
    assert (row.state, row.record_number, bytes(row.body)) == ("APPLIED", ncr.number, json.dumps(sent).encode())
    assert "Authorization" not in row.headers and row.interface.code == "mes-aug" and row.site.code == "AUG"


def test_the_trail_says_who_and_from_where(mes):
    mes.post(event())
    ncr = Nonconformance.objects.get()
    act, row = Entry.objects.filter(object_type="ncr.nonconformance", object_key=str(ncr.pk)).order_by("kind")
    said = json.loads(act.payload)
    assert (act.event, said["source"], said["who"]["name"]) == ("ncr.reported", "mes:mes-aug", "Service mes")
    assert act.act_id == row.act_id and json.loads(row.payload)["new"]["number"] == ncr.number


def test_statements_of_the_hot_path(mes):
    mes.post(event())
    with CaptureQueriesContext(connection, ) as asked:
        assert mes.post(event()).status_code == 201
    said = [q["sql"].split()[0] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(said) <= 6, said
