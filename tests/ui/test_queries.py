"""How often a page asks the database: a budget, and no more for more rows. My work asks once or twice for each kind of work."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qms.ui.navigation import ENTRIES, _url

pytestmark = pytest.mark.django_db
BUDGET, MY_WORK = 26, 33  # my work: one or two for each kind of record that asks something
STATES = (
    "DRAFT",
    "OPEN",
    "CONTAINED",
    "IN_REVIEW",
    "IN_MRB",
    "DISPOSITIONED",
    "IN_EXECUTION",
    "VERIFICATION",
    "CLOSED",
)


@pytest.fixture
def reader(people):
    """Opens pages as a person; answers with the queries that the page asked."""

    def asked(path: str, username: str = "engineer") -> list[str]:
        client = Client()
        client.force_login(people[username])
        with CaptureQueriesContext(connection) as context:
            answer = client.get(path)
        assert answer.status_code == 200, path
        return [query["sql"] for query in context.captured_queries]

    return asked


def told(queries: list[str]) -> str:
    return "\n".join(f"{i}: {sql[:200]}" for i, sql in enumerate(queries))


@pytest.mark.parametrize("state", STATES)
def test_a_record_page_stays_within_its_budget_in_every_state(make, reader, state):
    record = make.ncr(state=state, scrap="4")
    queries = reader(record.get_absolute_url())
    assert len(queries) <= BUDGET, told(queries)


def test_places_of_the_navigation_stay_within_the_budget(make, reader):
    for state in ("OPEN", "IN_MRB", "VERIFICATION"):
        make.ncr(state=state, scrap="4")
    for entry in ENTRIES:
        if url := _url(entry):
            who = "admin" if entry.permission.startswith("account") else "manager"
            queries = reader(url, "auditor" if entry.permission == "trail.view" else who)
            assert len(queries) <= (MY_WORK if url == "/" else BUDGET), f"{url}\n{told(queries)}"


@pytest.mark.parametrize("path", ("/", "/ncr/", "/holds/"))
def test_more_rows_ask_no_more(make, reader, path):
    for _ in range(2):
        make.ncr(state="IN_REVIEW")
    few = reader(path)
    for _ in range(4):
        make.ncr(state="IN_REVIEW")
    many = reader(path)
    assert len(many) <= len(few), told(many)


@pytest.mark.parametrize("step", ("disposition", "edit", "hold"))
def test_forms_stay_within_the_budget(make, reader, step):
    record = make.ncr(state="IN_REVIEW")
    queries = reader(f"{record.get_absolute_url()}/{step}")
    assert len(queries) <= BUDGET, told(queries)


def test_the_approval_page_stays_within_the_budget(make, reader):
    record = make.ncr(state="IN_MRB", scrap="4")
    queries = reader(f"{record.get_absolute_url()}/approve", "mrb1")
    assert len(queries) <= BUDGET, told(queries)
