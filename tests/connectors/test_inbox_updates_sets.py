"""A defect that is logged once more, and many changes at once: heard in their order, written together."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox
from connectors.models import Cause, InboxMessage
from ncr.models import Nonconformance
from qms.journal import queries as trail
from qms.journal import replaying
from qms.journal.models import Entry
from qms.journal.verifying import Report
from qms.lib import statement
from qms.masterdata.actions import map_value
from qms.records.models import Comment
from tests.connectors.mes import Mes, event, mes, mes_interface
from tests.connectors.test_batch import told
from tests.connectors.test_inbox_updates import later, logged, other_token

PROVES = ("G19",)
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


# --- logged once more -------------------------------------------------------------------------------------------------


def again(**data):
    return {**event(**data), "time": "2026-05-04T09:30:00+02:00"}


def test_a_defect_that_is_logged_again_is_told_anew(mes):
    """The same defect with another event id: its record follows, there is no second one, and quantities are not added up."""
    _sent, ncr = logged(mes, defect_id="NC-1", note="two")
    answer = mes.post(again(defect_id="NC-1", quantity={"affected": 8, "unit": "m"}, note="eight"))
    assert (answer.status_code, answer.json()["status"], answer.json()["record"]) == (200, "updated", ncr.number)
    now = Nonconformance.objects.get()
    assert (now.affected_quantity, now.description, now.version) == (Decimal(8), "eight", ncr.version + 1)
    late = {**event(defect_id="NC-1", note="older"), "time": "2026-05-04T09:00:00+02:00"}
    mes.post(later("NC-1", severity="minor", time="2026-05-04T10:00:00+02:00"))
    assert "Older" in mes.post(late).json()["notes"][0] and Nonconformance.objects.get().description == "eight"
    other = mes.post({**again(defect_id="NC-1", lot="ANOTHER"), "time": "2026-05-04T11:00:00+02:00"}).json()
    assert other["status"] == "updated" and "ANOTHER" in other["notes"][-1]
    assert Nonconformance.objects.get().lot_number == ncr.lot_number and Cause.objects.get().kind == "decision"
    assert set(InboxMessage.objects.values_list("state", flat=True)) == {"APPLIED"}


def test_logged_again_in_batches(mes):
    first = told(mes, [event(defect_id="A", note="1"), again(defect_id="A", note="2"), event(defect_id="B", note="3")])
    assert [a["status"] for a in first] == ["created", "updated", "created"]
    assert first[0]["record"] == first[1]["record"] != first[2]["record"]
    second = told(mes, [again(defect_id="B", note="4"), event(defect_id="C"), again(defect_id="A", note="5")])
    assert [a["status"] for a in second] == ["updated", "created", "updated"]
    notes = dict(Nonconformance.objects.values_list("source_event", "description"))
    assert notes == {"A": "5", "B": "4", "C": ""}


def test_logged_again_before_the_first_could_be_applied(mes, people):
    """Both wait for the same name; then the first makes the record and the second changes it."""
    answers = told(mes, [event(defect_id="A", part="P-9", note="1"), again(defect_id="A", part="P-9", note="2")])
    assert [a["status"] for a in answers] == ["needs_mapping"] * 2
    text = {"source": "mes-aug", "kind": "item", "foreign_value": "P-9", "reason": "the same drawing"}
    map_value(**text, local_value="RM-TI64-B25", by=people["engineer"])
    assert inbox.retry_waiting() == 2 and Nonconformance.objects.get().description == "2"


def test_the_defect_id_of_another_site_is_refused(mes):
    from qms.accounts.models import Site

    logged(mes, defect_id="NC-1", note="here")
    user = InboxMessage.objects.get().sender
    token = Mes(other_token(user, Site.objects.get(code="SUZ")))
    foreign = event(defect_id="NC-1", site="SUZ", lot="", note="there")
    answer = token.post(foreign)
    assert answer.status_code == 422 and "another site" in answer.json()["detail"]
    assert "id of its own" in answer.json()["detail"]
    batch = told(token, [{**foreign, "id": "x"}, event(site="SUZ", lot="")])
    assert [a["status"] for a in batch] == ["rejected", "created"] and "another site" in batch[0]["problem"]
    assert Nonconformance.objects.get(source_event="NC-1").description == "here"


# --- many at once -----------------------------------------------------------------------------------------------------


def test_many_are_heard_in_their_order_and_written_together(mes):
    """Three of each defect, out of order; cancelled ones; questions: as if each had come alone."""
    sent = [event(lot="", sequence=1) for _ in range(4)]
    told(mes, sent)
    one, two, three, four = sent
    answers = told(
        mes,
        [
            later(one, sequence=2, note="second", quantity={"affected": 6}),
            later(two, sequence=2, note="kept"),
            later(one, sequence=4, note="fourth"),
            later(two, kind="cancelled", sequence=3, note="wrong gauge"),
            later(one, sequence=3, note="third, late"),
            later(three, sequence=2, part="TB-4711"),
            later(two, sequence=4, note="after its end"),
            later(three, sequence=3, part="TB-4712", note="and this"),
            later(four, kind="cancelled", sequence=2),
        ],
    )
    assert {a["status"] for a in answers} == {"updated"} and "Older" in answers[4]["notes"][0]
    rows = {row.source_event: row for row in Nonconformance.objects.all()}
    first, second, third, fourth = (rows[e["id"]] for e in sent)
    assert (first.description, first.affected_quantity, first.version) == ("fourth", Decimal(6), 2)
    assert (second.description, second.state, fourth.state) == ("kept", "CANCELLED", "CANCELLED")
    assert (third.part_number, third.description) == ("RM-TI64-B25", "and this")
    questions = {c.record_key: c.text for c in Comment.objects.all()}
    assert set(questions) == {str(second.pk), str(third.pk)} and "after its end" in questions[str(second.pk)]
    assert "TB-4711" in questions[str(third.pk)] and "TB-4712" in questions[str(third.pk)]
    assert [line.event for line in trail.timeline(second)][:3] == ["record.commented", "ncr.cancelled", "ncr.edited"]
    reasons = {trail.timeline(row)[i].reason for row, i in ((second, 1), (fourth, 0))}
    assert reasons == {"Cancelled by the MES: wrong gauge", "Cancelled by the MES"}
    edits = Entry.objects.filter(event="ncr.edited", kind="act")
    assert len({entry.act_id for entry in edits}) == 1 and edits.count() == 3, "one act for all"
    assert {c.name for c in Cause.objects.filter(kind="decision")} == {second.number, third.number}
    report = replaying.compare(Report())
    assert report.intact, report.problems


def test_statements_do_not_grow_with_the_news(mes):
    counts = []
    for size in (2, 40):
        sent = [event() for _ in range(size)]
        told(mes, sent)
        news = [later(one, note="new", quantity={"affected": 7}, operation="10") for one in sent]
        news += [later(one, kind="cancelled", time="2026-05-04T10:00:00+02:00") for one in sent]
        with CaptureQueriesContext(connection) as asked:
            assert {a["status"] for a in told(mes, news)} == {"updated"}
        counts.append(len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]))
    assert counts[0] == counts[1] <= 30, counts


@pytest.mark.parametrize("bad", [0, 2, 5])
def test_news_that_the_database_refuses_stands_alone(mes, monkeypatch, bad):
    sent = [event() for _ in range(6)]
    told(mes, sent)
    poison, update_all = sent[bad]["id"], statement.update_all

    def refuse(rows, names):
        for row in rows:
            if row.source_event == poison:
                row.detected_by = "x" * 500
        update_all(rows, names)

    monkeypatch.setattr(statement, "update_all", refuse)
    answers = told(mes, [later(one, operator="OP-7", note="n") for one in sent])
    assert [a["status"] for a in answers] == ["parked" if n == bad else "updated" for n in range(6)]
    kept = InboxMessage.objects.get(state="NEW")
    assert "DataError" in kept.problem and Nonconformance.objects.filter(detected_by="OP-7").count() == 5
    monkeypatch.undo()
    InboxMessage.objects.filter(pk=kept.pk).update(next_at=kept.received_at)
    assert inbox.sweep() == 1 and Nonconformance.objects.filter(detected_by="OP-7").count() == 6
