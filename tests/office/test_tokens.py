"""Service accounts: a token is shown once, kept as a hash, and stops when it is revoked."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from qms.accounts import actions
from qms.accounts.models import ServiceToken, User
from qms.lib.clock import now
from qms.lib.ids import uuid7

from .conftest import kept

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.300(c)")
CLEAR = re.compile(r"qms_[\w-]{43}")


@pytest.fixture
def program(send):
    data = {"username": "svc-press", "full_name": "Press line", "purpose": "Sends defects; asked by I. Hartmann."}
    assert send("admin", "service-create", data).status_code == 302
    return User.objects.get(username="svc-press")


def asked(**changes):
    expires = (now().date() + timedelta(days=90)).isoformat()
    return {"scopes": ["mes"], "sites": ["AUG"], "source": "press", "expires": expires, "addresses": "", **changes}


def issue(send, **changes):
    answer = send("admin", "token-issue", asked(**changes), "svc-press")
    return answer, CLEAR.findall(answer.content.decode())


def test_a_service_account_neither_logs_in_nor_holds_roles(program, client):
    assert program.kind == User.SERVICE and not program.has_usable_password()
    assert kept("account.created", program)[0]["reason"].startswith("Sends defects")
    page = client.get(program.get_absolute_url())
    assert page.status_code == 200 and b"No token yet" in page.content
    assert client.get(reverse("office:person", args=["svc-press"])).status_code == 404


def test_a_token_is_shown_once_and_kept_nowhere(program, send, client):
    answer, found = issue(send)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    (clear,) = set(found)
    assert CLEAR.findall(client.get(program.get_absolute_url()).content.decode()) == []
    token = ServiceToken.objects.get(user=program)
    assert token.digest == actions.digest(clear) and token.scopes == ["mes"]
    assert [s.code for s in token.sites.all()] == ["AUG"] and token.source == "press"
    said = kept("token.issued", program)[0]
    assert said["data"] == {"prefix": clear[:8], "scopes": ["mes"]}
    with connection.cursor() as cursor:
        for table in ("accounts_servicetoken", "accounts_historicalservicetoken", "journal_entry"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{clear[8:]}%"])
            assert cursor.fetchone() == (0,), table


def test_a_repeated_submit_issues_no_second_token(program, send):
    key = str(uuid7())
    first = send("admin", "token-issue", asked(), "svc-press", key=key)
    again = send("admin", "token-issue", asked(), "svc-press", key=key)
    assert (first.status_code, again.status_code) == (200, 302)
    assert ServiceToken.objects.filter(user=program).count() == 1


def test_what_is_not_well_formed_is_refused(program, send):
    for wrong in ({"scopes": []}, {"scopes": ["root"]}, {"expires": "2020-01-01"}, {"addresses": "here"}):
        assert issue(send, **wrong)[0].status_code == 422
    assert issue(send, expires=(now().date() + timedelta(days=400)).isoformat())[0].status_code == 422
    assert not ServiceToken.objects.filter(user=program).exists()


def test_use_is_seen_and_a_revoked_token_is_refused(program, send, client):
    _answer, (clear, *_rest) = issue(send, scopes=["read"])
    api = {"headers": {"Authorization": f"Bearer {clear}"}}
    client.logout()
    assert client.get("/api/v1/mes/time", **api).status_code == 200
    token = ServiceToken.objects.get(user=program)
    assert send("auditor", "token-revoke", {"reason": "x"}, "svc-press", token.uid).status_code == 403
    assert send("admin", "token-revoke", {"reason": ""}, "svc-press", token.uid).status_code == 422
    page = client.get(program.get_absolute_url()).content.decode()
    assert ">never<" not in page and "Valid" in page
    assert send("admin", "token-revoke", {"reason": "Line was sold."}, "svc-press", token.uid).status_code == 302
    assert kept("token.revoked", program)[0]["reason"] == "Line was sold."
    client.logout()
    assert client.get("/api/v1/mes/time", **api).status_code == 401
    assert send("admin", "token-revoke", {"reason": "again"}, "svc-press", token.uid).status_code == 409


def test_a_deactivated_account_s_tokens_stop(program, send, client):
    _answer, (clear, *_rest) = issue(send, scopes=["read"])
    assert send("admin", "deactivate", {"reason": "Out of use."}, "svc-press").status_code == 302
    client.logout()
    assert client.get("/api/v1/mes/time", headers={"Authorization": f"Bearer {clear}"}).status_code == 401


# --- manage.py create_token ---


def test_the_command_prints_a_token_that_works(program, client):
    out = StringIO()
    call_command("create_token", "svc-press", "--scope", "read", "--site", "AUG", "--source", "press", stdout=out)
    (clear,) = CLEAR.findall(out.getvalue())
    token = ServiceToken.objects.get(user=program)
    assert token.digest == actions.digest(clear) and token.source == "press"
    assert client.get("/api/v1/mes/time", headers={"Authorization": f"Bearer {clear}"}).status_code == 200


def test_the_command_says_what_is_missing(program, people):
    for account, more, words in (
        ("svc-nobody", [], "no service account"),
        ("svc-press", ["--site", "MOON"], "no site MOON"),
        ("engineer", [], "not to people"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("create_token", account, "--scope", "read", *more)
    call_command("create_token", "svc-nobody", "--scope", "read", "--create", stdout=StringIO())
    assert User.objects.get(username="svc-nobody").kind == User.SERVICE
