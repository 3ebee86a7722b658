"""The circuit of one interface, number by number: when it opens, for how long, what a probe and an answer do."""

from datetime import timedelta

import pytest

from connectors.base import Temporary
from connectors.models import InterfaceState
from connectors.outbox import circuit
from qms.lib.clock import now

pytestmark = pytest.mark.django_db
PROVES = ("G23",)
SILENT, OURS = Temporary("timeout", "no answer"), Temporary("not_read_yet", "the read-back comes later")


@pytest.fixture
def interface(make):
    return InterfaceState.objects.get_or_create(interface=make.mapped_interface("AUG"))[0]


def waits(interface):
    """Seconds for which it is open still, None while it is closed."""
    until = InterfaceState.objects.values_list("open_until", flat=True).get(pk=interface.pk)
    return None if until is None else round((until - now()).total_seconds())


def test_the_third_failure_in_a_row_opens_it_and_each_one_for_twice_as_long(interface):
    seen = []
    for _turn in range(16):
        circuit.failed(interface.pk, SILENT)
        seen.append(waits(interface))
    assert seen[:8] == [None, None, 30, 60, 120, 240, 480, 900]
    assert set(seen[8:]) == {900}, "a quarter of an hour at most"
    row = InterfaceState.objects.get(pk=interface.pk)
    assert row.failures_in_row == 16


def test_an_answer_closes_it_and_the_count_begins_anew(interface):
    for _turn in range(3):
        circuit.failed(interface.pk, SILENT)
    circuit.answered(interface.pk)
    assert waits(interface) is None and InterfaceState.objects.get(pk=interface.pk).failures_in_row == 0
    circuit.failed(interface.pk, SILENT)
    circuit.failed(interface.pk, SILENT)
    assert waits(interface) is None


def test_a_probe_lets_the_others_wait_a_minute_and_only_behind_an_open_circuit(interface):
    circuit.probe(interface.pk)
    assert waits(interface) is None
    for failures in (2, 3):
        InterfaceState.objects.filter(pk=interface.pk).update(failures_in_row=failures, open_until=now())
        circuit.probe(interface.pk)
        assert waits(interface) == (60 if failures == 3 else 0)


def test_what_is_temporary_on_our_side_says_nothing_of_theirs(interface):
    for _turn in range(5):
        circuit.failed(interface.pk, OURS)
    assert InterfaceState.objects.get(pk=interface.pk).failures_in_row == 0 and waits(interface) is None
    InterfaceState.objects.filter(pk=interface.pk).update(failures_in_row=3, open_until=now() + timedelta(minutes=5))
    circuit.failed(interface.pk, OURS)
    assert waits(interface) <= 0, "the next delivery may try"
    assert InterfaceState.objects.get(pk=interface.pk).failures_in_row == 3


def test_one_interface_says_nothing_of_another(interface, make):
    other = InterfaceState.objects.get_or_create(interface=make.mapped_interface("SUZ"))[0]
    for _turn in range(4):
        circuit.failed(interface.pk, SILENT)
    assert waits(other) is None
    circuit.answered(other.pk)
    assert waits(interface) == 60
