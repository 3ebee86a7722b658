"""Where a person lands after the login: an operator on the floor, others at the desk, unless this device says otherwise."""

import pytest

from qms.demo.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "device", "lands"),
    [
        ("operator", "", "/floor/"),
        ("operator", "desk", "/"),
        ("inspector", "", "/"),
        ("inspector", "floor", "/floor/"),
        ("auditor", "floor", "/"),
        ("operator", "nonsense", "/floor/"),
    ],
)
def test_the_first_page_follows_role_and_device(client, people, who, device, lands):
    if device:
        client.cookies["qms_start"] = device
    answer = client.post("/login", {"username": who, "password": PASSWORD})
    assert answer.status_code == 302 and answer["Location"] == lands


def test_a_page_that_was_asked_for_comes_first(client, people):
    answer = client.post("/login", {"username": "operator", "password": PASSWORD, "next": "/ncr/"})
    assert answer["Location"] == "/ncr/"
