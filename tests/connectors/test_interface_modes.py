"""Modes, systems of record, the silence alarm, and the circuit."""

import datetime as dt

import pytest
from django.urls import reverse

from connectors import actions, outbox, queries, sync
from connectors.base import Permanent, Temporary
from connectors.models import Delivery, InboxMessage, Interface, InterfaceState
from connectors.outbox import circuit
from connectors.queries.health import p95
from ncr.models import Nonconformance
from qms.lib.clock import now
from tests.connectors.interface_page import WHY, ask, events, lot, url
from tests.connectors.mes import event, mes, mes_interface

__all__ = ["ask", "lot", "mes", "mes_interface"]
pytestmark = pytest.mark.django_db


# --- modes -------------------------------------------------------------------------------------------------------------


def test_a_switch_of_the_mode_is_an_act_with_a_reason(owner, interface):
    assert "Observe" in owner.get(url("switch")).content.decode()
    assert owner.post(url("switch"), {"mode": "observe", "reason": ""}).status_code == 422
    assert owner.post(url("switch"), {"mode": "observe", "reason": WHY}).status_code == 302
    assert owner.post(url("switch"), {"mode": "observe", "reason": WHY}).status_code == 409, "it is so already"
    interface.refresh_from_db()
    assert interface.mode == "observe" and events("interface.switched")[-1]["reason"] == WHY
    page = owner.get(url("interface")).content.decode()
    assert "not applied" in page and "not sent" in page


def test_observing_prepares_postings_and_sends_none(interface, ask, erp_fake, people):
    actions.switch(interface=interface, mode="observe", by=people["integration"], reason=WHY)
    posting = ask()
    assert posting.delivery.state == "WAITING" and not outbox.deliver_next() and not erp_fake.posted
    actions.switch(interface=interface, mode="live", by=people["integration"], reason=WHY)
    assert outbox.deliver_next()


def test_observing_keeps_events_and_applies_none(mes, mes_interface, people):
    actions.switch(interface=mes_interface, mode="observe", by=people["integration"], reason=WHY)
    answer = mes.post(event())
    assert answer.status_code == 202 and not Nonconformance.objects.exists()
    assert InboxMessage.objects.get().state == "PARKED"


def test_only_the_owner_of_the_site_operates(client, people, interface):
    client.force_login(people["engineer"])
    for name in ("switch", "configure", "letters-retry", "letters-discard"):
        assert client.get(url(name)).status_code == 403, name
    page = client.get(url("interface")).content.decode()
    assert url("switch") not in page and url("configure") not in page


# --- systems of record, settings ---------------------------------------------------------------------------------------


def test_the_system_of_record_is_data_that_the_card_shows(owner, interface, lot, make):
    assert dict(queries.card(interface).masters)["lots"] == "ERP", "anybody may tell of lots: what it brings is its own"
    make.matrix(state="ACTIVE", rows=[{"object": "lots", "field": "*", "owner": "mes", "otherwise": "refused"}])
    assert dict(queries.card(interface).masters)["lots"] == "MES"
    assert "System of record" in owner.get(reverse("connectors:monitor")).content.decode()


def test_purpose_owner_and_times_are_changed_with_a_reason(owner, interface, people):
    told = {
        "purpose": "Everything",
        "owner": people["integration"].pk,
        "sync_every": 60,
        "silent_after": 120,
        "reason": WHY,
    }
    assert owner.post(url("configure"), {**told, "silent_after": 0}).status_code == 422
    assert owner.post(url("configure"), {**told, "owner": people["engineer"].pk}).status_code == 422
    assert owner.post(url("configure"), told).status_code == 302
    interface.refresh_from_db()
    assert (interface.purpose, interface.sync_every, interface.silent_after) == ("Everything", 60, 120)


# --- silence -----------------------------------------------------------------------------------------------------------


def heard(interface, ago: int) -> None:
    InterfaceState.objects.filter(pk=interface.pk).update(succeeded_at=now() - dt.timedelta(seconds=ago))


def test_the_alarm_is_raised_once_per_silence_and_taken_back(interface):
    heard(interface, 10)
    assert actions.watch() == 0 and not events("interface.silent")
    heard(interface, interface.silent_after + 1)
    assert actions.watch() == 1 and actions.watch() == 0
    assert events("interface.silent")[0]["data"]["last_at"]
    assert "no message since" in str(queries.card(Interface.objects.get()).health.label)
    heard(interface, 1)
    assert actions.watch() == 1 and actions.watch() == 0
    heard(interface, interface.silent_after + 1)
    assert actions.watch() == 1
    assert (len(events("interface.silent")), len(events("interface.recovered"))) == (2, 1)


def test_a_reading_in_which_every_object_failed_is_no_success(interface, erp_fake):
    for object in erp_fake.objects:
        erp_fake.trouble[object] = Permanent("denied", "No right.")
    sync.sync(interface=interface)
    assert state(interface).succeeded_at is None and queries.card(interface).health.code == "down"
    del erp_fake.trouble["units"]
    sync.sync(interface=interface)
    assert queries.card(Interface.objects.get()).health.code == "degraded"


def test_nobody_is_alarmed_about_what_is_paused_or_off(interface, people):
    heard(interface, interface.silent_after + 1)
    actions.pause(interface=interface, by=people["integration"], reason=WHY)
    assert actions.watch() == 0


def test_the_outage_log_tells_silence_and_pause(owner, interface, people):
    heard(interface, interface.silent_after + 1)
    actions.watch()
    actions.pause(interface=interface, by=people["integration"], reason=WHY)
    page = owner.get(url("interface"), {"tab": "outages"}).content.decode()
    assert "is silent for longer" in page and "was paused" in page and "was connected" not in page


def test_lag_is_the_nearest_rank():
    spans = [dt.timedelta(seconds=n) for n in range(1, 101)]
    assert p95(spans) == dt.timedelta(seconds=95) and p95([]) is None
    assert p95(spans[:1]) == dt.timedelta(seconds=1) and p95([dt.timedelta(seconds=-5)]) == dt.timedelta(0)


# --- the circuit -------------------------------------------------------------------------------------------------------


def due() -> None:
    Delivery.objects.update(next_at=now() - dt.timedelta(seconds=1), lease_until=None)


def state(interface) -> InterfaceState:
    return InterfaceState.objects.get(pk=interface.pk)


@pytest.fixture
def hanging(ask, erp_fake):
    """Five postings of five records to an ERP that answers nothing."""
    calls = []

    def hang(intent):
        calls.append(intent.reference)
        raise Temporary("unreachable", "It did not answer.")

    erp_fake.on_post = hang
    for _ in range(5):
        ask()
    due()
    return calls


def test_an_erp_that_hangs_costs_a_few_tries_and_then_one_probe(interface, hanging, erp_fake, owner):
    while outbox.deliver_next():
        due()
    assert len(hanging) == circuit.FAILURES
    assert state(interface).open_until > now() and queries.card(interface).open_until
    assert "nothing is sent until" in owner.get(reverse("connectors:monitor")).content.decode()
    InterfaceState.objects.update(open_until=now() - dt.timedelta(seconds=1))
    due()
    assert outbox.deliver_next() and not outbox.deliver_next(), "one probe, then it is open again"
    assert len(hanging) == circuit.FAILURES + 1
    erp_fake.on_post = None
    InterfaceState.objects.update(open_until=now() - dt.timedelta(seconds=1))
    due()
    while outbox.deliver_next():
        pass
    assert not Delivery.objects.exclude(state="DONE").exists()
    assert (state(interface).failures_in_row, state(interface).open_until) == (0, None)


def test_while_a_probe_is_under_way_the_others_wait(interface, hanging):
    InterfaceState.objects.update(failures_in_row=circuit.FAILURES, open_until=now() - dt.timedelta(seconds=1))
    circuit.probe(interface.pk)
    assert not outbox.deliver_next() and not hanging


def test_a_refusal_is_an_answer_and_a_missing_row_is_no_failure_of_the_erp(interface):
    InterfaceState.objects.update(failures_in_row=2)
    circuit.failed(interface.pk, Temporary("not_read_yet", "x"))
    assert state(interface).failures_in_row == 2
    circuit.answered(interface.pk)
    assert state(interface).failures_in_row == 0


def test_a_person_who_resumes_closes_the_circuit(interface, people):
    InterfaceState.objects.update(failures_in_row=9, open_until=now() + dt.timedelta(hours=1))
    actions.pause(interface=interface, by=people["integration"], reason=WHY)
    actions.resume(interface=interface, by=people["integration"], reason=WHY)
    assert state(interface).open_until is None
