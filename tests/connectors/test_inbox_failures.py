"""What happens when we fail: between the two transactions, inside the second one, without a broker, without a database."""

import dataclasses
import json
import time
from datetime import timedelta

import pytest
from django.db import OperationalError

from connectors import inbox, routes
from connectors.inbox import raw
from connectors.models import InboxMessage
from ncr.models import Nonconformance
from qms.accounts.models import User
from qms.lib import statement
from qms.lib.errors import Invalid
from tests.connectors.mes import event, mes, mes_interface

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
KIND = "mes.defect.logged"


@pytest.fixture
def failing(monkeypatch):
    """The act behind the route raises what it is told."""

    def fail(error):
        def take(*_args):
            raise error

        monkeypatch.setitem(routes.ROUTES, KIND, dataclasses.replace(routes.ROUTES[KIND], take=take))

    yield fail


def killed_between(mes, sent):
    """T1 only: the process died before T2."""
    return raw.store(
        code="mes-aug", source="mes-aug", message_id=sent["id"], message_type=KIND, site_id=None, fallback=None,
        sender=User.objects.get(username="svc-mes").pk, headers={}, body=json.dumps(sent).encode(),
    )  # fmt: skip


def test_killed_between_the_transactions(mes):
    sent = event()
    row, _terms = killed_between(mes, sent)
    assert row.is_new and InboxMessage.objects.get().state == "NEW"
    assert inbox.sweep() == 0, "thirty seconds belong to the process that took it in"
    assert inbox.sweep(older_than=timedelta(0)) == 1 and inbox.sweep(older_than=timedelta(0)) == 0
    ncr = Nonconformance.objects.get()
    assert InboxMessage.objects.get().record_number == ncr.number
    again = mes.post(sent)
    assert again.status_code == 200 and again.json()["record"] == ncr.number


def test_a_repetition_waits_for_the_first_and_then_says_parked(mes, monkeypatch):
    monkeypatch.setattr("connectors.inbox.arrival.PATIENCE", (0.01, 0.01))
    sent = event()
    killed_between(mes, sent)
    answer = mes.post(sent)
    assert answer.status_code == 202 and answer.json()["status"] == "parked"


@pytest.mark.parametrize("error", [RuntimeError("a mistake of ours"), KeyError("x"), ValueError("\x00 inside")])
def test_a_mistake_of_ours_keeps_the_row_with_the_reason(mes, failing, error, monkeypatch):
    failing(error)
    start = time.monotonic()
    answer = mes.post(event())
    assert time.monotonic() - start < 3, "the doorbell without a broker must not hold the answer"
    assert answer.status_code == 202 and answer.json()["status"] == "parked"
    row = InboxMessage.objects.get()
    assert (row.state, row.tries) == ("NEW", 1) and type(error).__name__ in row.problem and row.next_at
    assert inbox.sweep(older_than=timedelta(0)) == 0, "not before its time has come"
    InboxMessage.objects.update(next_at=row.received_at)
    monkeypatch.undo()
    assert inbox.sweep() == 1 and Nonconformance.objects.count() == 1


def test_one_bad_row_does_not_stop_the_others(mes, monkeypatch):
    bad, good = event(), event()
    take, take_all = routes.ROUTES[KIND].take, routes.ROUTES[KIND].take_all

    def sometimes(message, context, by, closing):
        if context.message_id == bad["id"]:
            raise RuntimeError("boom")
        return take(message, context, by, closing)

    def all_or_none(pairs, by, closing):
        if bad["id"] in [context.message_id for _message, context in pairs]:
            raise RuntimeError("boom")
        return take_all(pairs, by, closing)

    broken = dataclasses.replace(routes.ROUTES[KIND], take=sometimes, take_all=all_or_none)
    monkeypatch.setitem(routes.ROUTES, KIND, broken)
    killed_between(mes, bad)
    killed_between(mes, good)
    assert inbox.sweep(older_than=timedelta(0)) == 1
    assert sorted(InboxMessage.objects.values_list("state", flat=True)) == ["APPLIED", "NEW"]


def test_a_refusal_of_the_act_rejects_the_message(mes, failing):
    failing(Invalid("not like this"))
    answer = mes.post(event())
    assert answer.status_code == 422 and "not like this" in answer.json()["detail"]
    assert InboxMessage.objects.get().state == "REJECTED"


def test_a_row_that_another_process_applied_is_not_applied_twice(mes, monkeypatch):
    sent = event()
    take = routes.ROUTES[KIND].take

    def overtaken(*args):
        InboxMessage.objects.update(state="APPLIED", record_number="NCR-26-999999")
        return take(*args)

    monkeypatch.setitem(routes.ROUTES, KIND, dataclasses.replace(routes.ROUTES[KIND], take=overtaken))
    answer = mes.post(sent)
    assert answer.status_code == 202, (
        answer.content
    )  # here both share a transaction, so the rollback takes the other one back too
    assert Nonconformance.objects.count() == 0


def test_without_a_database_the_sender_is_asked_to_come_again(mes, monkeypatch):
    def away(*_args):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(statement, "rows", away)
    answer = mes.post(event())
    assert answer.status_code == 503 and answer["Retry-After"] and answer.json()["code"] == "not_now"
    assert answer["Content-Type"] == "application/problem+json"


def test_the_database_refusing_late_keeps_the_row(mes, monkeypatch):
    """A value that the database does not take: the raw row stays, the answer is no 5xx."""
    take = routes.ROUTES[KIND].take

    def dangling(message, context, by, closing):
        return take(message, dataclasses.replace(context, source="x" * 100), by, closing)

    monkeypatch.setitem(routes.ROUTES, KIND, dataclasses.replace(routes.ROUTES[KIND], take=dangling))
    answer = mes.post(event())
    assert answer.status_code < 500
    assert InboxMessage.objects.count() == 1
