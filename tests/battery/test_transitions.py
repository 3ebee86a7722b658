"""Every transition from every state by every member of the cast: legal exactly when state, guard, right and duty say so.

By the act all of them; by page and by API whoever holds the right and some who do not (their answer hangs on no state).
"""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import Refusal
from qms.records.models import Record

from . import bodies, rights
from .screens import api_base

PROVES = ("11.10(f)", "11.10(g)", "11.10(j)", "11.200(a)", "G21")
CASES = [
    pytest.param(model, state.code, id=f"{model.noun}-{state.code}")
    for model in apps.get_models()
    if issubclass(model, Record)
    for state in model.workflow.states
]


def image(record: Any) -> tuple[Any, ...]:
    """The row, and how much the trail knows of it."""
    values = type(record).objects.filter(pk=record.pk).values_list().get()
    rows = Entry.objects.filter(object_type=record._meta.label_lower, object_key=str(record.pk), kind="row")
    return (*values, rows.count())


def mistakes(record: Any, tries: Iterator[tuple[Any, str, Any]], attempt: Callable[..., int]) -> list[str]:
    """Attempts whose status or effect is not what the rules say. The illegal ones leave all as it was, so they need no undoing."""
    before, wrong, legal = image(record), [], []
    for step, name, user in tries:
        expected = rights.outcome(record, step, user)
        if expected == {rights.DONE}:
            legal.append((step, name, user))
        elif (status := attempt(record, step, name, user)) not in expected:
            wrong.append(f"{step.name} by {name}: {status}, expected {sorted(expected)}")
    if image(record) != before:
        wrong.append("an illegal attempt changed the record")
    for step, name, user in legal:
        with transaction.atomic():
            status = attempt(record, step, name, user)
            changed = image(record) != before
            transaction.set_rollback(True)
        if status != rights.DONE or changed != moves(record, step):
            wrong.append(f"{step.name} by {name}: {status}, expected to succeed, changed {changed}")
    return wrong


def moves(record: Any, step: Any) -> bool:
    """Holds, commands and the sequence of lots are rows of their own; approving an NCR changes it only when it is the last signature."""
    if step.name == "readings":  # the first one begins the inspection
        return bool(record.state == "RELEASED")
    return record.noun in (
        "disposal",
        "golive",
        "mapping",
        "matrix",
        "rule",
        "case",
        "calibration",
        "msastudy",
    ) or step.name not in (
        "hold",
        "instruct",
        "approve",
        "end-skipping",
    )


def some(record: Any, members: dict[str, Any]) -> Iterator[tuple[Any, str, Any]]:
    """Where the step is open: whoever holds the right, and two others in turn. Elsewhere one of each."""
    for step in type(record).workflow.transitions:
        turn = zlib.crc32(f"{record.state}{step.name}".encode())
        inside = [n for n, user in members.items() if rights.holds_right(user, step.permission, record.site_id)]
        others = [n for n in members if n not in inside]
        if record.state not in step.sources:
            inside, others = inside[turn % max(len(inside), 1) :][:1], others[turn % len(others) :][:1]
        for name in [*inside, *(others * 2)[turn % len(others) :][:2]]:
            yield step, name, members[name]


@pytest.mark.parametrize(("model", "state"), CASES)
def test_every_act_by_everybody(model, state, plant, members, undo):
    def attempt(record: Any, step: Any, name: str, user: Any) -> int:
        try:
            with transaction.atomic():
                bodies.act(type(record).objects.get(pk=record.pk), step, user)
        except Refusal as refusal:
            return 404 if refusal.status == 403 and not rights.sees(user, record) else refusal.status
        return rights.DONE

    record = plant.home[model][state]
    people = ((s, n, u) for s in model.workflow.transitions if not s.by_system for n, u in members.items())
    assert mistakes(record, people, attempt) == []


@pytest.mark.parametrize(("model", "state"), CASES)
def test_steps_by_page(model, state, plant, members, clients, undo):
    """As a browser does it: the form, then the dialog when the step is signed."""

    def attempt(record: Any, step: Any, name: str, user: Any) -> int:
        sent, url = bodies.form(record, step), address(record, step)
        answer = clients[name].post(url, sent)
        if answer.status_code == 200 and step.signature:
            answer = clients[name].post(url, {**sent, "_sign": "1", "_username": user.username, "_password": PASSWORD})
        return answer.status_code

    record = plant.home[model][state]
    assert mistakes(record, some(record, members), attempt) == []


def address(record: Any, step: Any) -> str:
    if step.form:
        return reverse(step.form, args=[record.number])
    return reverse(f"{record._meta.app_label}:{record.noun}-step", args=[record.number, step.name])


@pytest.mark.parametrize(("model", "state"), CASES)
def test_steps_by_api(model, state, plant, members, clients, undo):
    """The same people by their session, one request a step, with the version that they saw."""
    base = api_base(model)
    assert base, "no interface"

    def attempt(record: Any, step: Any, name: str, user: Any) -> int:
        answer = clients[name].post(
            f"{base}/{record.number}/{step.name}",
            json.dumps(bodies.body(record, step, user)),
            content_type="application/json",
            headers={"If-Match": f'"{record.version}"'},
        )
        if answer.status_code == 403 and not rights.sees(user, record):
            return 404  # the interface asks for the right before it looks for the record
        return rights.DONE if answer.status_code == 200 else answer.status_code

    record = plant.home[model][state]
    assert mistakes(record, some(record, members), attempt) == []


@pytest.mark.parametrize(("model", "state"), CASES)
def test_no_token_takes_a_step_that_is_signed_or_decides(model, state, plant, clients, undo):
    record = plant.home[model][state]
    before = image(record)
    for token in plant.tokens.values():
        for step in model.workflow.transitions:
            answer = clients["nobody"].post(
                f"{api_base(model)}/{record.number}/{step.name}",
                json.dumps(bodies.body(record, step, members_own(record))),
                content_type="application/json",
                headers={"If-Match": f'"{record.version}"', "Authorization": f"Bearer {token}"},
            )
            if step.name != "submit":  # a report may be submitted by whoever may report
                assert answer.status_code in (403, 404), f"{step.name}: {answer.status_code}"
    assert state == "DRAFT" or image(record) == before


def members_own(record: Any) -> Any:
    """Even with the name and password of a person who could."""
    return record.created_by
