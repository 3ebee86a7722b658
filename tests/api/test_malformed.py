"""A request for a host that is not served here is refused before any view, in the form that the caller reads."""

import pytest

pytestmark = pytest.mark.django_db
HOSTS = ("z9v`o", "evil.example", "a b", "[::1", "host:port")


@pytest.mark.parametrize("host", HOSTS)
def test_machines_get_a_problem_and_people_a_sentence(client, host):
    answer = client.post("/api/v1/go-lives/crown/count", b"[]", content_type="application/json", headers={"Host": host})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "malformed" and answer.json()["hint"]
    page = client.get("/login", headers={"Host": host})
    assert (page.status_code, page["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert host not in page.content.decode() and "Content-Security-Policy" in page.headers
