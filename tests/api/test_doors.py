"""Tokens, problems, the description and its page."""

import json
from datetime import timedelta

import pytest
from django.db import DataError, InternalError, OperationalError
from django.test import Client, override_settings

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import events
from qms.accounts.models import ServiceToken, Site, TokenUse
from qms.api import database, idempotency, strict_json
from qms.api.models import IdempotentCall
from qms.demo.cast import issue_tokens
from qms.lib.clock import now

PROVES = ("11.10(d)",)

pytestmark = pytest.mark.django_db
TIME = "/api/v1/mes/time"


@pytest.fixture
def token(people):
    return issue_tokens()["readonly"]


def ask(token, path=TIME, **extra):
    return Client().get(path, headers={"Authorization": f"Bearer {token}"}, **extra)


def change(token, **values):
    row = ServiceToken.objects.get(digest=accounts.digest(token))
    with journal.act(journal.EVENTS["token.revoked"], by=journal.SYSTEM, reason="by the test") as act:
        ServiceToken.objects.filter(pk=row.pk).update(**values)
        act.record(row.user, events.TokenIssued(prefix=row.prefix, scopes=row.scopes))


def test_a_token_opens_and_is_noted_once_a_minute(token):
    assert ask(token).status_code == 200
    first = TokenUse.objects.get(token__digest=accounts.digest(token)).used_at
    assert ask(token).status_code == 200
    assert TokenUse.objects.get(token__digest=accounts.digest(token)).used_at == first
    assert not ServiceToken.objects.filter(digest=token).exists()


@pytest.mark.parametrize(
    "values", [{"expires_at": now() - timedelta(1)}, {"revoked_at": now()}, {"addresses": ["10.0.0.0/8"]}]
)
def test_expired_revoked_or_from_elsewhere(token, values):
    change(token, **values)
    answer = ask(token)
    assert answer.status_code == 401 and answer.json()["detail"] and answer["WWW-Authenticate"]


def test_addresses(token):
    change(token, addresses=["192.0.2.7", "10.0.0.0/8"])
    assert ask(token, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert ask(token, REMOTE_ADDR="192.0.2.8").status_code == 401


def test_a_token_sees_its_sites_only(people, make, token):
    record = make.ncr()
    assert ask(token, f"/api/v1/ncrs/{record.number}").status_code == 200
    user = ServiceToken.objects.get(digest=accounts.digest(token)).user
    _row, other = accounts.issue_token(
        user=user, scopes=["read"], sites=[Site.objects.get(code="SUZ")], by=journal.SYSTEM
    )
    assert ask(other, f"/api/v1/ncrs/{record.number}").status_code == 404
    step = Client().post(
        f"/api/v1/ncrs/{record.number}/start-review", "{}", content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "If-Match": '"1"'},
    )  # fmt: skip
    assert step.status_code == 403


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_an_unknown_address_is_a_problem_document(method):
    answer = getattr(Client(enforce_csrf_checks=True), method)("/api/v1/nothing")
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


class Cause(Exception):
    def __init__(self, state):
        self.sqlstate, self.diag = state, None


@pytest.mark.parametrize(
    ("kind", "state", "status"),
    [
        (OperationalError, None, 503), (InternalError, "25P04", 503), (InternalError, "25P03", 503), (DataError, "22001", 422),
        (DataError, "23505", 409), (DataError, "23514", 422), (DataError, "QM002", 409), (DataError, "QM003", 409),
        (DataError, "QM004", 409), (DataError, "QM005", 422), (DataError, "QM001", None), (DataError, "42P01", None),
    ],
)  # fmt: skip
def test_the_databases_word_becomes_an_answer(kind, state, status):
    error = kind("qms: the reason")
    error.__cause__ = Cause(state) if state else None
    refusal = database.refusal(error)
    assert (refusal.status if refusal else None) == status


def test_a_mistake_of_ours_is_logged_and_says_nothing_of_the_inside(token, monkeypatch, caplog):
    monkeypatch.setattr("connectors.api.mes.Time.get", lambda *_a: 1 / 0)
    client = Client(raise_request_exception=False)
    answer = client.get(TIME, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 500 and answer.json()["code"] == "internal" and answer.json()["request"]
    assert "division" not in answer.content.decode() and "ZeroDivisionError" in caplog.text


def test_a_call_that_still_runs_and_one_that_died(people):
    user = people["inspector"]

    class Request:
        method, headers, body = "POST", {}, b"{}"

        def get_full_path(self):
            return "/x"

    request = Request()
    request.user = user
    call = idempotency.claim(request, "k")
    with pytest.raises(Exception, match="still running"):
        idempotency.claim(request, "k")
    IdempotentCall.objects.update(started_at=now() - timedelta(minutes=2))
    assert idempotency.claim(request, "k").pk == call.pk
    IdempotentCall.objects.update(started_at=now() - timedelta(days=31))
    assert idempotency.forget_old() == 1


def test_the_description(token, people):
    answer = ask(token, "/api/schema/?format=json")
    schema = json.loads(answer.content)
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/mes/events", "/api/v1/ncrs", "/api/v1/ncrs/{number}/disposition"} <= set(schema["paths"])
    assert Client().get("/api/schema/").status_code == 401
    assert Client().get("/api/docs/").status_code == 302
    reader = Client()
    reader.force_login(people["engineer"], "qms.accounts.backends.PasswordBackend")
    page = reader.get("/api/docs/").content.decode()
    assert "POST /api/v1/mes/events" in page and "nc_code" in page and "<script>" not in page and "style=" not in page


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"a":1,"a":2}', "duplicate_key"), (b'{"a":NaN}', "not_a_number"), (b"\xff", "not_utf8"), (b"{", "malformed"),
     (b"[" * 100_000, "too_deep"), (b'{"a":"\\u0000"}', "bad_character")],
)  # fmt: skip
def test_strict_json(body, code):
    with pytest.raises(strict_json.Bad) as bad:
        strict_json.loads(body)
    assert bad.value.code == code


@override_settings(SECURE_SSL_REDIRECT=True)
def test_a_program_in_plain_http_is_refused_and_a_page_is_led(client, db):
    refused = client.get("/api/v1/ncrs", headers={"authorization": "Bearer qms_x"})
    assert refused.status_code == 403 and refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "tls" and "Replace the token" in refused.json()["hint"]
    assert client.get("/api/v1/ncrs", secure=True).status_code == 401
    assert client.get("/ncr/").status_code == 301
