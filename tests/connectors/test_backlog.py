"""What waits is applied together once it is known: the same records, each once, in order, a bad one aside."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox
from connectors.inbox import stored
from connectors.models import Cause, InboxMessage
from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.lib import statement
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_inbox import map_name
from tests.connectors.test_inbox_updates import later

PROVES = ("G19",)
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def waiting(mes, count, code="BOHRUNG", **data):
    sent = [event(nc_code=code, note=f"n{n}", **data) for n in range(count)]
    assert {mes.post(one).status_code for one in sent} == {202}
    return sent


def test_statements_do_not_grow_with_the_backlog(mes):
    """The rest of the figure is the bench's (`scripts/bench backlog`)."""
    counts = []
    for size in (2, 30):
        waiting(mes, size, code=f"BOHRUNG-{size}")
        map_name("defect_code", f"BOHRUNG-{size}", "DIM-OUT")
        with CaptureQueriesContext(connection) as asked:
            assert inbox.retry_waiting() == size
        counts.append(len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]))
    assert counts[0] == counts[1], counts
    assert not Cause.objects.exists() and Nonconformance.objects.count() == 32
    acts = Entry.objects.filter(event="ncr.reported", kind="act")
    assert acts.count() == 32 and len(set(acts.values_list("object_key", flat=True))) == 32


def test_what_tells_of_a_defect_comes_after_it_and_the_unknown_waits_on(mes):
    [first, _other] = waiting(mes, 2, defect_id="D-1")
    mes.post(later("D-1", note="looked at", quantity={"affected": 7}))
    [unknown] = waiting(mes, 1, part="P-NONE")
    map_name("defect_code", "BOHRUNG", "DIM-OUT")
    inbox.retry_waiting()
    inbox.retry_waiting()  # what waited for the defect alone
    [ncr] = Nonconformance.objects.all()
    assert (ncr.source_event, ncr.affected_quantity) == ("D-1", 7)
    states = dict(InboxMessage.objects.values_list("message_id", "state"))
    assert states.pop(unknown["id"]) == "NEEDS_MAPPING" and set(states.values()) == {"APPLIED"}
    assert InboxMessage.objects.get(message_id=first["id"]).record_number == ncr.number
    assert set(Cause.objects.values_list("name", flat=True)) == {"P-NONE"}


@pytest.mark.parametrize(("many", "singly"), [(6, 6), (40, 5)])
def test_one_that_the_database_refuses_stands_aside(mes, monkeypatch, many, singly):
    sent = waiting(mes, many)
    map_name("defect_code", "BOHRUNG", "DIM-OUT")
    poison, insert, insert_all = sent[3]["id"], statement.insert, statement.insert_all

    alone = []

    def spoiled(row):
        alone.append(row)
        if row.source_event == poison:
            row.unit = "x" * 100
        insert(row)

    def refuse(model, same, each, **rest):
        each = [{**row, "unit": "x" * 100} if row["source_event"] == poison else row for row in each]
        return insert_all(model, same, each, **rest)

    monkeypatch.setattr(statement, "insert_all", refuse)
    monkeypatch.setattr(statement, "insert", spoiled)
    assert inbox.retry_waiting() == many - 1 == Nonconformance.objects.count()
    assert len(alone) == singly, "of a larger set, the part with the bad one alone is taken one by one"
    row = InboxMessage.objects.get(message_id=poison)
    assert row.state == "NEEDS_MAPPING" and "DataError" in row.problem and row.next_at
    monkeypatch.undo()
    assert inbox.retry_waiting() == 1


def test_one_that_another_process_applied_is_not_applied_twice(mes, monkeypatch):
    waiting(mes, 3)
    map_name("defect_code", "BOHRUNG", "DIM-OUT")
    close_all = stored.raw.close_all

    def overtaken(rows, states):
        monkeypatch.undo()
        return close_all(rows[1:], states) and False

    monkeypatch.setattr(stored.raw, "close_all", overtaken)
    assert inbox.retry_waiting() == 3, "taken back as a whole, then one by one"
    assert Nonconformance.objects.count() == 3
