"""What machines tell over the MES interface is heard by rules: values outside limits, failed tests, alerts."""

from datetime import timedelta

import pytest

from ncr.models import DefectCode, Nonconformance
from qms.automation import actions
from qms.automation.models import Case, Signal
from qms.lib.clock import now
from tests.connectors.mes import mes, mes_interface
from tests.connectors.test_machines import alert, piece
from tests.connectors.test_measurements import body, post

__all__ = ["mes", "mes_interface"]
PROVES = ("18",)
pytestmark = pytest.mark.django_db


def test_values_outside_failed_tests_and_alerts_become_signals(mes):
    post(mes, body([12.0, 12.5, 11.2], serial=["A", "B", "C"], header={"lot": "LOT-26-0101"}))
    mes.post(piece("failed", lot="LOT-26-0101"))
    mes.post(piece("passed", serial="SN-2"))
    mes.post(alert(severity="critical"))
    heard = list(Signal.objects.order_by("pk").values_list("kind", "serial", "value", "limits", "code"))
    assert [row[:2] for row in heard] == [("limit", "B"), ("limit", "C"), ("test", "SN-1"), ("alert", "")]
    assert heard[0][2:4] == ("12.5 mm", "11.9 … 12.1")
    assert not Nonconformance.objects.exists() and not Case.objects.exists()


def test_nothing_outside_is_no_signal_and_a_repeat_is_none_either(mes):
    sent = body([12.0, 12.5])
    post(mes, body([12.0, 12.01]))
    post(mes, sent)
    post(mes, sent)
    assert Signal.objects.count() == 1


def test_every_value_outside_of_a_large_message_is_heard(mes):
    start, many = now() - timedelta(hours=1), range(1_200)
    post(mes, body([12.5] * len(many), t=[(start + timedelta(seconds=n)).isoformat() for n in many]))
    assert Signal.objects.count() == len(many)


def test_a_severity_of_their_own_words_is_no_reason_to_lose_the_message(mes):
    assert mes.post(piece("failed", severity="catastrophic-beyond")).status_code == 201
    assert Signal.objects.get().severity == ""


def test_a_set_up_run_is_heard_and_never_acted_on(mes, make):
    make.rule(state="ACTIVE", hears="limit", mode="shadow")
    post(mes, body([12.5], header={"run": "setup"}))
    actions.judge()
    assert Signal.objects.get().is_trial and not Case.objects.exists()


def test_a_rule_suggests_and_a_person_opens_the_nonconformance(mes, make, people):
    make.rule(state="ACTIVE", hears="test", mode="suggest", watched="LEAK", defect_code=_code())
    mes.post(piece("failed", lot="LOT-26-0101"))
    actions.judge()
    case = actions.accept(case=Case.objects.get(), by=people["engineer"])
    assert (case.ncr.part_number, case.ncr.lot.number) == ("TB-4711", "LOT-26-0101")


def _code():
    return DefectCode.objects.get(code="DIM-OUT")
