"""Lists and rules of today at every login, words of the house, breached ones, ageing where a site wants it, codes asked of roles."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse

from qms import journal
from qms.accounts import actions, passwords
from qms.accounts.models import User
from qms.demo.cast import PASSWORD
from qms.lib.clock import now
from qms.lib.errors import Invalid
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.300(b)",)
CHOOSE, BETTER = reverse("office:password"), "seventeen green lathes hum"


def log_in(client, username="engineer", password=PASSWORD):
    return client.post("/login", {"username": username, "password": password})


@pytest.fixture
def breached(tmp_path, settings):
    """As such lists are published: upper case, sorted, some with a count behind a colon."""

    def write(*words, extra=200):
        filler = [hashlib.sha1(str(n).encode()).hexdigest().upper() for n in range(extra)]
        lines = sorted([*filler, *(hashlib.sha1(word.encode()).hexdigest().upper() for word in words)])
        path = tmp_path / "breached.txt"
        path.write_text("".join(f"{line}:{n}\n" if n % 2 else f"{line}\n" for n, line in enumerate(lines)))
        settings.BREACHED_PASSWORDS = str(path)

    return write


def test_a_password_that_came_on_a_list_opens_only_the_page_where_another_is_chosen(client, breached):
    assert log_in(client)["Location"] != CHOOSE and client.get("/ncr/").status_code == 200
    client.post("/logout")
    breached(PASSWORD)
    log_in(client)
    assert client.get("/ncr/")["Location"] == CHOOSE
    refused = client.get("/api/v1/ncrs")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_given")
    same = client.post(CHOOSE, {"current": PASSWORD, "password": BETTER, "again": BETTER})
    assert same.status_code == 302 and client.get("/ncr/").status_code == 200
    assert person("engineer").password_chosen_at is not None


def test_every_line_of_the_list_is_found_and_no_other(breached, tmp_path):
    words = [f"word {n} of the list" for n in range(40)]
    breached(*words)
    path = tmp_path / "breached.txt"
    digest = [hashlib.sha1(word.encode()).hexdigest().upper() for word in words]
    assert all(passwords.is_listed(path, one) for one in digest)
    first, *_rest, last = [line.split(":")[0] for line in path.read_text().split()]
    assert passwords.is_listed(path, first) and passwords.is_listed(path, last)
    others = [hashlib.sha1(f"other {n}".encode()).hexdigest().upper() for n in range(200)]
    assert not any(passwords.is_listed(path, one) for one in [*others, "0" * 40, "F" * 40])
    path.write_text("")
    assert not passwords.is_listed(path, first)


def test_a_list_that_cannot_be_read_lets_no_password_pass(settings):
    settings.BREACHED_PASSWORDS = "/nowhere/breached.txt"
    with pytest.raises(OSError, match="nowhere"):
        actions.create_user(username="newcomer", full_name="New", password=BETTER, by=journal.SYSTEM)
    assert not User.objects.filter(username="newcomer").exists()


@pytest.mark.parametrize("word", ["augsburgaugsburg", "My-MERIDIAN-1234", "１２meridian５６78"])
def test_a_word_of_the_house_is_no_password(settings, word):
    settings.PASSWORD_WORDS = ["Meridian"]
    with pytest.raises(Invalid, match="word of the organisation|too short"):
        actions.create_user(username="newcomer", full_name="New", password=word, by=journal.SYSTEM)
    actions.create_user(username="newcomer", full_name="New", password=f"meridian {BETTER}", by=journal.SYSTEM)


def test_ageing_is_off_until_a_site_wants_it(client, settings):
    log_in(client)
    assert client.get("/ncr/").status_code == 200, "nobody knows the day, and nobody asks"
    settings.PASSWORD_MAX_DAYS = 90
    assert client.get("/ncr/")["Location"] == CHOOSE
    client.post(CHOOSE, {"current": PASSWORD, "password": BETTER, "again": BETTER})
    assert client.get("/ncr/").status_code == 200
    user, day = person("engineer"), timedelta(days=1)
    for age, aged in ((90 * day - day / 24, False), (90 * day + day / 24, True)):
        user.password_chosen_at = now() - age
        assert passwords.is_aged(user) is aged


def test_a_role_may_ask_for_codes(client, settings):
    settings.CODE_ROLES = ["administrator"]
    log_in(client, "admin")
    enrol = reverse("office:codes")
    assert client.get("/people/", follow=False)["Location"] == enrol
    assert client.get("/api/v1/me").status_code in (403, 404) and client.get(enrol).status_code == 200
    client.post("/logout")
    log_in(client, "engineer")
    assert client.get("/ncr/").status_code == 200
    settings.CODE_ROLES = ["*"]
    assert client.get("/ncr/")["Location"] == enrol
