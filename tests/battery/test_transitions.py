"""Every transition from every state by every member of the cast, by page: legal exactly when state, guard, right and duty say so."""

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.records.models import Record

from . import bodies, rights

PROVES = ("11.10(f)", "11.10(g)", "11.10(j)", "11.50", "11.200", "G21")
CASES = [
    pytest.param(model, state.code, id=f"{model.noun}-{state.code}")
    for model in apps.get_models()
    if issubclass(model, Record)
    for state in model.workflow.states
]


def address(record: Any, step: Any) -> str:
    if step.form:
        return reverse(step.form, args=[record.number])
    return reverse(f"{record._meta.app_label}:{record.noun}-step", args=[record.number, step.name])


def attempt(client: Any, record: Any, step: Any, user: Any) -> int:
    """As a browser does it: the form, then the dialog when the step is signed."""
    sent = bodies.form(type(record), step, record.version)
    url = address(record, step)
    answer = client.post(url, sent)
    if answer.status_code == 200 and step.signature:
        signed = {**sent, "_sign": "1", "_username": user.username, "_password": PASSWORD}
        answer = client.post(url, signed)
    return answer.status_code


def image(record: Any) -> tuple[Any, ...]:
    """The row, and how much the trail knows of it."""
    values = type(record).objects.filter(pk=record.pk).values_list().get()
    return (*values, Entry.objects.filter(object_type=record._meta.label_lower, object_key=str(record.pk), kind="row").count())


@pytest.mark.parametrize(("model", "state"), CASES)
def test_every_step_by_everybody(model, state, plant, members, clients, undo):
    record, wrong = plant.home[model][state], []
    before = image(record)
    for step in model.workflow.transitions:
        for name, user in members.items():
            expected = rights.outcome(record, step, user)
            with transaction.atomic():
                status = attempt(clients[name], record, step, user)
                after = image(record)
                transaction.set_rollback(True)
            if status not in expected or (after != before) != (expected == {302} and moves(step)):
                wrong.append(f"{step.name} by {name}: {status}, expected {sorted(expected)}, changed {after != before}")
    assert wrong == []


def moves(step: Any) -> bool:
    """A hold is a row of its own; approving changes the record only when it is the last signature."""
    return step.name not in ("hold", "approve")
