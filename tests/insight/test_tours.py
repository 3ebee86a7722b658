"""Guided tours: offered by role, kept in the session, every stop a page that opens for the role in both languages."""

from typing import Any

import pytest
from django.test import Client

from qms.insight import tours

pytestmark = pytest.mark.django_db
WALKERS = {
    "operator": "operator",
    "inspector": "inspector",
    "quality_engineer": "engineer",
    "mrb_member": "mrb1",
    "supervisor": "supervisor",
    "integration_owner": "integration",
    "auditor": "auditor",
}


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, "qms.accounts.backends.PasswordBackend")
    return client


def test_every_tour_has_somebody_who_walks_it_here():
    assert set(WALKERS) == set(tours.TOURS)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("role", sorted(WALKERS))
def test_a_tour_leads_over_pages_that_open_for_its_role(role: str, language: str, people: dict[str, Any], make: Any):
    make.ncr(state="IN_REVIEW")
    make.ncr(state="CLOSED")
    user = people[WALKERS[role]]
    client = signed_in(user)
    client.cookies["django_language"] = language
    answer = client.post(f"/tours/{role}")
    for number, stop in enumerate(tours.TOURS[role].stops, 1):
        page = client.get(answer.url)
        assert page.status_code == 200, (stop.title, answer.url)
        assert f"{number}/{len(tours.TOURS[role].stops)}" in page.content.decode()
        answer = client.post("/tours/move", {"way": "next"})
    assert answer.url == "/" and "tour" not in client.session


def test_back_stays_at_the_first_stop_and_end_ends(people: dict[str, Any]):
    client = signed_in(people["supervisor"])
    first = client.post("/tours/supervisor").url
    assert client.post("/tours/move", {"way": "back"}).url == first
    assert client.post("/tours/move", {"way": "end"}).url == "/"
    assert "q-tour-acts" not in client.get("/").content.decode()


def test_only_the_tours_of_ones_roles_are_offered(people: dict[str, Any]):
    client = signed_in(people["mrb1"])
    assert client.post("/tours/auditor").status_code == 404
    shown = client.get("/tours").content.decode()
    assert "tour-mrb_member" in shown and "tour-auditor" not in shown


def test_who_has_no_tour_is_told_which_there_are(people: dict[str, Any]):
    assert "no tour for your roles" in signed_in(people["buyer"]).get("/tours").content.decode()
