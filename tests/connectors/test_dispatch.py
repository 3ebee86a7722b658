"""How the threads of the relay are shared among webhooks: a receiver in trouble keeps no other one waiting."""

import logging
import threading
from concurrent.futures import Future

import pytest
from django.db import OperationalError

from connectors.outbox import dispatch, webhooks
from connectors.outbox.dispatch import FOR_TROUBLED, PER_WEBHOOK, ROUNDS, THREADS, Dispatcher

PROVES = ("G9", "G23")


class Pool:
    """Takes what is handed out and never begins it: the test ends each by hand."""

    def __init__(self) -> None:
        self.rounds: list[tuple[int, Future[None]]] = []

    def submit(self, _carry, hook, _poster, _lease) -> Future[None]:
        self.rounds.append((hook, Future()))
        return self.rounds[-1][1]

    def end(self, hook: int, problem: Exception | None = None) -> None:
        place = next(n for n, (of, _future) in enumerate(self.rounds) if of == hook)
        _hook, future = self.rounds.pop(place)
        future.set_exception(problem) if problem else future.set_result(None)

    def hooks(self) -> list[int]:
        return sorted(hook for hook, _future in self.rounds)

    def shutdown(self, **_how) -> None:
        self.is_shut = True


@pytest.fixture
def due(monkeypatch) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(webhooks, "due", lambda: list(told))
    return told


@pytest.fixture
def dispatcher() -> Dispatcher:
    made = Dispatcher()
    made.pool.shutdown()
    made.pool = Pool()
    return made


def test_a_receiver_has_two_threads_at_most_and_its_place_is_free_when_one_ends(dispatcher, due):
    due.append((1, 0))
    assert [dispatcher.begin() for _round in range(4)] == [1, 1, 0, 0]
    assert dispatcher.pool.hooks() == [1] * PER_WEBHOOK
    dispatcher.pool.end(1)
    assert dispatcher.news.is_set()
    assert (dispatcher.begin(), dispatcher.pool.hooks()) == (1, [1, 1])
    dispatcher.pool.end(1)
    dispatcher.pool.end(1)
    assert not dispatcher.under_way


def test_all_receivers_together_have_eight(dispatcher, due):
    due.extend((hook, 0) for hook in range(1, 12))
    assert dispatcher.begin() == THREADS
    assert dispatcher.pool.hooks() == list(range(1, THREADS + 1))


def test_one_in_trouble_has_one_and_all_of_those_leave_threads_to_the_others(dispatcher, due):
    due.extend((hook, 3) for hook in range(1, 8))
    assert dispatcher.begin() == FOR_TROUBLED
    assert dispatcher.begin() == 0
    due.append((9, 0))
    assert (dispatcher.begin(), dispatcher.pool.hooks()) == (1, [1, 2, 3, 4, 9])
    dispatcher.pool.end(2)
    assert dispatcher.troubled == {1, 3, 4}
    del due[:]
    due.append((1, 3))
    assert dispatcher.begin() == 0, "it has one already, though a place for another is free"


def test_what_a_round_raises_is_told_and_frees_its_place(dispatcher, due, caplog):
    due.append((7, 1))
    dispatcher.begin()
    with caplog.at_level(logging.ERROR, dispatch.__name__):
        dispatcher.pool.end(7, ZeroDivisionError("of ours"))
    assert "webhook 7" in caplog.text and "of ours" in caplog.text
    assert not dispatcher.under_way and not dispatcher.troubled


@pytest.mark.parametrize(("batches", "rounds"), [([0], 1), ([webhooks.BATCH, 3], 2), ([webhooks.BATCH] * 99, ROUNDS)])
def test_a_thread_goes_on_while_batches_are_full_and_not_for_ever(monkeypatch, batches, rounds):
    sent = iter(batches)
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(dispatch, "connection", Closed())
    monkeypatch.setattr(webhooks, "carry", lambda hook, _poster, lease: asked.append((hook, lease)) or next(sent))
    dispatch.carry(5, None, 30)
    assert asked == [(5, 30)] * rounds
    assert dispatch.connection.closed == 1


class Closed:
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_it_goes_on_when_the_database_was_away_and_ends_when_it_is_told(dispatcher, due, monkeypatch, caplog):
    answers, monkeypatched = iter([OperationalError("gone"), 1, 0]), Closed()
    waited = threading.Event()

    def fan_out() -> int:
        answer = next(answers, None)
        if answer is None:
            dispatcher.stop()
            return 0
        if isinstance(answer, Exception):
            raise answer
        waited.set()
        return answer

    monkeypatch.setattr(dispatch, "connection", monkeypatched)
    monkeypatch.setattr(dispatch, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(webhooks, "fan_out", fan_out)
    dispatcher.start()
    dispatcher.join(30)
    assert not dispatcher.is_alive() and waited.is_set() and dispatcher.daemon
    assert "the database is away" in caplog.text
    assert monkeypatched.closed == 2, "after the fault, and at the end"
    assert dispatcher.pool.is_shut
