"""Many rows led to their next state in one statement, with their trail."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ncr import events
from ncr.models import Nonconformance
from qms import journal
from qms.journal.models import Entry
from qms.lib import statement
from qms.workflow.apply import apply_all
from tests.factories import person

pytestmark = pytest.mark.django_db
CANCEL = "cancel"


def cancelled(rows):
    with journal.act(events.CANCELLED, by=person("manager"), reason="reported twice") as act:
        with CaptureQueriesContext(connection) as asked:
            apply_all(rows, Nonconformance.workflow.transition(CANCEL), fields=("description",))
        lines = [journal.Line(row.pk, row.number, row.site_id, journal.Nothing()) for row in rows]
        act.record_all(Nonconformance, lines)
    return [q["sql"] for q in asked.captured_queries]


def test_all_in_one_statement_with_their_trail(make):
    rows = [make.report() for _ in range(3)]
    for n, row in enumerate(rows):
        row.description = f"number {n}"
    assert len(cancelled(rows)) == 1
    for n, row in enumerate(rows):
        now = Nonconformance.objects.get(pk=row.pk)
        assert (now.state, now.version, now.description) == ("CANCELLED", row.version, f"number {n}")
        assert Entry.objects.filter(object_type="ncr.nonconformance", object_key=str(row.pk), kind="row").count() == 2


def test_one_in_another_state_takes_all_back(make):
    ended, other = make.ncr(state="CANCELLED"), make.report()
    with pytest.raises(ValueError, match="CANCELLED"):
        cancelled([other, ended])
    assert Nonconformance.objects.get(pk=other.pk).state == "OPEN"


def test_a_row_that_is_gone_is_noticed(make):
    row = make.report()
    row.pk = 0
    with pytest.raises(LookupError):
        cancelled([row])
    statement.update_all([], ("state",))
