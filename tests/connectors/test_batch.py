"""Many events in one request: each is kept and answered by itself; a bad one never fails the rest."""

import hashlib
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox
from connectors.inbox import batch
from connectors.models import InboxMessage, Quarantined
from ncr.models import Nonconformance
from qms.journal import replaying
from qms.journal.models import Entry
from qms.journal.verifying import Report
from qms.lib import statement
from tests.connectors.mes import event, mes, mes_interface

PROVES = ("G19",)

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
BATCH = "/api/v1/mes/events/batch"


def send(mes, events, content_type="application/cloudevents-batch+json"):
    body = events if isinstance(events, bytes) else json.dumps(events, indent=1).encode()
    return mes.client.post(BATCH, body, content_type=content_type, headers={"Authorization": f"Bearer {mes.token}"})


def told(mes, events):
    answer = send(mes, events)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_each_event_becomes_one_ncr(mes):
    sent = [event(lot=f"L-{n}", note=f"number {n}", quantity={"affected": n + 1, "unit": "m"}) for n in range(20)]
    answers = told(mes, sent)
    assert [a["index"] for a in answers] == list(range(20)) and [a["id"] for a in answers] == [e["id"] for e in sent]
    assert {a["status"] for a in answers} == {"created"} and len({a["record"] for a in answers}) == 20
    for answer, one in zip(answers, sent, strict=True):
        ncr = Nonconformance.objects.get(number=answer["record"])
        assert (ncr.source_event, ncr.lot_number, ncr.description) == (
            one["id"],
            one["data"]["lot"],
            one["data"]["note"],
        )
        assert ncr.affected_quantity == ncr.undecided_quantity == one["data"]["quantity"]["affected"]
        assert answer["url"].endswith(f"/r/{ncr.number}") and one["data"]["lot"] in answer["notes"][-1]
        row = InboxMessage.objects.get(message_id=one["id"])
        assert (row.state, row.record_number, row.tries) == ("APPLIED", ncr.number, 1) and row.applied_at
        assert json.loads(bytes(row.body)) == one and row.body_sha256 == hashlib.sha256(bytes(row.body)).hexdigest()


def test_a_batch_is_what_single_events_would_have_been(mes):
    """Same columns, same line in the trail, whichever door it came through."""
    data = {"order": "", "note": "n", "operator": "OP", "severity": "minor", "quantity": {"affected": 2, "unit": "m"}}
    single = mes.post(event(**data)).json()["record"]
    first, second = (a["record"] for a in told(mes, [event(**data), event(**data)]))
    one, two = (Nonconformance.objects.get(number=number) for number in (single, first))
    apart = {"id", "uid", "number", "source_event", "created_at", "received_at"}
    columns = [f.attname for f in one._meta.concrete_fields if f.attname not in apart]
    assert {c: getattr(one, c) for c in columns} == {c: getattr(two, c) for c in columns}
    payloads = [json.loads(acts_of(ncr)[0].payload) for ncr in (one, two)]
    for payload, ncr in zip(payloads, (one, two), strict=True):
        assert payload["data"].pop("number") == payload.pop("label") == ncr.number
        assert payload.pop("key") == str(ncr.pk) and payload.pop("act") and payload.pop("ts") and payload.pop("request")
    assert payloads[0] == payloads[1] and payloads[0]["who"]["name"] == "Service mes"
    assert acts_of(two)[0].act_id == acts_of(Nonconformance.objects.get(number=second))[0].act_id, "one act for all"


def acts_of(ncr):
    return list(Entry.objects.filter(object_type="ncr.nonconformance", object_key=str(ncr.pk), kind="act"))


def test_the_trail_is_whole(mes):
    told(mes, [event() for _ in range(30)])
    report = replaying.compare(Report())
    assert report.intact, report.problems
    keys = [str(pk) for pk in Nonconformance.objects.values_list("pk", flat=True)]
    entries = Entry.objects.filter(object_type="ncr.nonconformance", object_key__in=keys)
    assert entries.filter(kind="act").count() == entries.filter(kind="row").count() == 30
    for row in entries.filter(kind="row"):
        act = entries.get(kind="act", object_key=row.object_key)
        assert act.act_id == row.act_id and act.object_seq == row.object_seq + 1


def test_statements_do_not_grow_with_the_batch(mes):
    told(mes, [event(), event()])
    counts = []
    for size in (2, 60):
        with CaptureQueriesContext(connection) as asked:
            assert {a["status"] for a in told(mes, [event(note=str(n)) for n in range(size)])} == {"created"}
        counts.append(len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]))
    assert counts[0] == counts[1] <= 10, counts


def test_a_bad_one_never_fails_the_rest(mes):
    sent = [
        event(),
        event(quantity={"affected": -1}),
        event(part="P-UNKNOWN"),
        {**event(), "type": "mes.tool.changed"},
        event(site="SUZ"),
        "defect!",
        {"id": 5},
        event(lot="A\x00B"),
        event(),
    ]
    answers = told(mes, sent)
    states = ["created", "rejected", "needs_mapping", "parked", *["rejected"] * 4, "created"]
    assert [a["status"] for a in answers] == states
    assert [[e["pointer"] for e in a["errors"]] for a in answers][1] == ["/data/quantity/affected"]
    assert answers[1]["errors"][0]["hint"] and answers[1]["record"] is None
    assert "P-UNKNOWN" in answers[2]["problem"] and "mes.tool.changed" in answers[3]["problem"]
    assert answers[4]["code"] == "foreign_site" and answers[4]["errors"][0]["pointer"] == "/data/site"
    assert answers[7]["errors"][0]["pointer"] == "/data/lot" and all(a["problem"] for a in answers[1:8])
    assert Nonconformance.objects.count() == 2 and Quarantined.objects.count() == 5
    assert sorted(InboxMessage.objects.values_list("state", flat=True)) == [
        "APPLIED", "APPLIED", "NEEDS_MAPPING", "PARKED",
    ]  # fmt: skip


def test_the_same_batch_again_changes_nothing(mes):
    sent = [event(), event(part="P-UNKNOWN"), {**event(), "type": "mes.tool.changed"}]
    first, again = told(mes, sent), told(mes, sent)
    assert [a["status"] for a in again] == ["duplicate", "needs_mapping", "parked"]
    assert again[0]["record"] == first[0]["record"] and Nonconformance.objects.count() == 1
    assert InboxMessage.objects.count() == 3


def test_the_same_id_twice_in_one_batch(mes):
    one = event()
    other = {**one, "data": {**one["data"], "lot": "OTHER"}}
    answers = told(mes, [one, one, other, event()])
    assert [a["status"] for a in answers] == ["created", "duplicate", "rejected", "created"]
    assert answers[1]["record"] == answers[0]["record"] and answers[2]["code"] == "id_reused"
    assert Nonconformance.objects.count() == 2 and b"OTHER" in bytes(Quarantined.objects.get().body)


def test_an_id_of_history_with_another_body(mes):
    one = event()
    mes.post(json.dumps(one, indent=1).encode())
    answers = told(mes, [{**one, "data": {**one["data"], "lot": "OTHER"}}, event()])
    assert [a["status"] for a in answers] == ["rejected", "created"] and answers[0]["code"] == "id_reused"


@pytest.mark.parametrize("bad", [0, 3, 7])
def test_one_that_the_database_refuses_stands_alone(mes, monkeypatch, bad):
    """Bisection: the poisonous one keeps its reason and is tried again, the others become records."""
    sent = [event() for _ in range(8)]
    poison, insert_all = sent[bad]["id"], statement.insert_all

    def refuse(model, same, each, **rest):
        if any(row["source_event"] == poison for row in each):
            each = [{**row, "unit": "x" * 100} if row["source_event"] == poison else row for row in each]
        return insert_all(model, same, each, **rest)

    insert = statement.insert

    def refuse_one(ncr):
        if ncr.source_event == poison:
            ncr.unit = "x" * 100
        insert(ncr)

    monkeypatch.setattr(statement, "insert_all", refuse)
    monkeypatch.setattr(statement, "insert", refuse_one)
    answers = told(mes, sent)
    assert [a["status"] for a in answers] == ["parked" if n == bad else "created" for n in range(8)]
    row = InboxMessage.objects.get(message_id=poison)
    assert row.state == "NEW" and "DataError" in row.problem and row.next_at
    monkeypatch.undo()
    InboxMessage.objects.filter(pk=row.pk).update(next_at=row.received_at)
    assert inbox.sweep() == 1 and Nonconformance.objects.count() == 8


def test_one_that_another_process_applied_is_not_applied_twice(mes, monkeypatch):
    close_all = batch.raw.close_all

    def overtaken(rows):
        InboxMessage.objects.filter(pk=rows[0][0]).update(state="APPLIED", record_number="NCR-26-999999")
        return close_all(rows)

    monkeypatch.setattr(batch.raw, "close_all", overtaken)
    answers = told(mes, [event(), event()])
    assert {a["status"] for a in answers} == {"created"}, "taken back together, then one by one"
    assert Nonconformance.objects.count() == 2


def test_what_is_no_batch(mes):
    for body, status, code in (
        (b" ", 400, "malformed"),
        (b"[{", 400, "malformed"),
        (b'[{"a": 1},', 400, "malformed"),
        (b'["\xff"]', 400, "not_utf8"),
        (json.dumps(event()).encode(), 422, "not_a_list"),
        (b'"x"', 422, "not_a_list"),
        (json.dumps([1] * 1001).encode(), 413, "too_many"),
    ):
        answer = send(mes, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body[:20], answer.content)
        assert answer["Content-Type"] == "application/problem+json" and answer.json()["hint"]
    assert Quarantined.objects.count() == 7 and not InboxMessage.objects.exists()
    assert send(mes, [event()], "text/csv").status_code == 415
    big = send(mes, json.dumps([event(note="x" * 9000) for _ in range(600)]).encode())
    assert big.status_code == 413 and big.json()["code"] == "too_large"
    assert told(mes, []) == [] and told(mes, b"\xef\xbb\xbf[]") == []


def test_a_batch_needs_a_token_and_the_right(mes):
    assert mes.client.post(BATCH, b"[]", content_type="application/json").status_code == 401
    assert mes.client.get(BATCH, headers={"Authorization": f"Bearer {mes.token}"}).status_code == 405


def test_a_thousand_and_different_names(mes):
    sent = [
        event(part=("RM-TI64-B25", "TB-4711", "P-NONE")[n % 3], lot="", quantity={"affected": 1}) for n in range(1000)
    ]
    answers = told(mes, sent)
    assert [a["status"] for a in answers] == [("created", "created", "needs_mapping")[n % 3] for n in range(1000)]
    parts = Nonconformance.objects.values_list("part_number", flat=True)
    assert Nonconformance.objects.count() == 667 and set(parts) == {"RM-TI64-B25", "TB-4711"}
