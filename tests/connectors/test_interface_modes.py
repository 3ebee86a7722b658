"""Modes, systems of record, the silence alarm, the circuit, dead letters and the search of the interface page."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.urls import reverse

from connectors import actions, outbox, queries, sync
from connectors.base import Permanent, Temporary
from connectors.models import Attempt, Delivery, InboxMessage, Interface, InterfaceState, MappingVersion, Mastership
from connectors.outbox import circuit
from connectors.queries.health import p95
from ncr.models import Nonconformance
from qms import journal
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.masterdata.models import Lot
from tests.connectors.mes import event, mes, mes_interface
from tests.fakes import erp as fake

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
WHY = "the plant is being moved"


@pytest.fixture
def owner(client, people):
    client.force_login(people["integration"])
    return client


@pytest.fixture
def lot(interface, erp_fake) -> Lot:
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("lots", fake.lot("7", "1"))
    sync.sync(interface=interface)
    return Lot.objects.get(source="erp", external_id="7")


@pytest.fixture
def ask(lot, make, people):
    def request(quantity: str = "4") -> Posting:
        return commands.request_posting(
            record=make.report(),
            kind="HOLD",
            purpose="test:0",
            lot=lot,
            quantity=Decimal(quantity),
            by=people["engineer"],
        )

    return request


def url(name: str, code: str = "erp") -> str:
    return reverse(f"connectors:{name}", args=[code])


def events(name: str) -> list[dict]:
    return [json.loads(entry.payload) for entry in Entry.objects.filter(event=name, kind="act").order_by("id")]


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
    for name in ("switch", "master", "configure", "letters-retry", "letters-discard"):
        assert client.get(url(name)).status_code == 403, name
    page = client.get(url("interface")).content.decode()
    assert url("switch") not in page and url("configure") not in page


# --- systems of record, settings ---------------------------------------------------------------------------------------


def test_the_system_of_record_is_data_that_the_card_shows(owner, interface, lot):
    assert dict(queries.card(interface).masters)["lots"] == "ERP", "what it brings, it masters"
    told = {"object": "lots", "master": "mes", "reason": WHY}
    assert owner.post(url("master"), told).status_code == 302
    assert owner.post(url("master"), told).status_code == 409
    assert dict(queries.card(Interface.objects.get()).masters)["lots"] == "MES"
    assert "System of record" in owner.get(reverse("connectors:monitor")).content.decode()
    assert owner.post(url("master"), {**told, "master": ""}).status_code == 302
    assert not Mastership.objects.exists() and [e["data"]["new"] for e in events("interface.mastered")] == ["mes", "–"]
    assert owner.post(url("master"), {**told, "object": "gremlins"}).status_code == 422


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


# --- dead letters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dead(ask, erp_fake):
    """Three refused postings, two of one cause."""
    words = iter(["Lot 7 is on an inventory.", "Lot 8 is on an inventory.", "The period is closed."])

    def refuse(intent):
        raise Permanent("refused", next(words))

    erp_fake.on_post = refuse
    made = [ask() for _ in range(3)]
    while outbox.deliver_next():
        pass
    erp_fake.on_post = None
    return made


def test_dead_letters_are_grouped_by_cause(interface, dead):
    first, second = queries.causes(queries.letters(interface))
    assert (len(first.letters), len(second.letters)) == (2, 1) and "inventory" in first.text


def test_chosen_letters_are_tried_again_and_counted(owner, interface, dead):
    page = owner.get(url("interface"), {"tab": "letters"}).content.decode()
    assert dead[0].reference in page and "Discard the chosen" in page
    cause = queries.causes(queries.letters(interface))[0].key
    asked = owner.get(url("letters-retry"), {"cause": cause})
    assert "2 dead letters" in asked.content.decode()
    chosen = asked.context["form"].initial["letters"]
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": ""}).status_code == 422
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": WHY}).status_code == 302
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": WHY}).status_code == 409, (
        "no letters any more"
    )
    while outbox.deliver_next():
        pass
    states = {posting.reference: Posting.objects.get(pk=posting.pk).state for posting in dead}
    assert sorted(states.values()) == ["FAILED", "POSTED", "POSTED"]
    assert events("interface.retried")[0]["data"]["count"] == 2


def test_letters_are_discarded_with_a_reason(interface, dead, people):
    by = people["integration"]
    chosen = [f"out:{dead[2].reference}"]
    assert actions.discard(interface=interface, letters=chosen, by=by, reason=WHY) == 1
    assert Posting.objects.get(pk=dead[2].pk).state == "CANCELLED" and len(queries.letters(interface)) == 2


def test_a_rejected_message_is_tried_again_or_discarded(mes, mes_interface, people, monkeypatch):
    from connectors import inbox, routes
    from qms.lib.errors import Invalid

    def refuse(**rest):
        raise Invalid("The catalogue is closed.")

    with monkeypatch.context() as patch:
        patch.setattr(routes.ncr, "take_defect", refuse)
        assert mes.post(event()).status_code == mes.post(event()).status_code == 422
    first, second = InboxMessage.objects.order_by("pk")
    assert first.state == second.state == "REJECTED"
    [cause] = queries.causes(queries.letters(mes_interface))
    assert len(cause.letters) == 2 and "catalogue" in cause.text
    by = people["integration"]
    actions.retry_letters(interface=mes_interface, letters=[f"in:{first.uid}"], by=by, reason=WHY)
    assert inbox.sweep() == 1
    actions.discard(interface=mes_interface, letters=[f"in:{second.uid}"], by=by, reason=WHY)
    assert list(InboxMessage.objects.order_by("pk").values_list("state", flat=True)) == ["APPLIED", "DISCARDED"]
    assert not queries.letters(mes_interface) and Nonconformance.objects.count() == 1


def test_too_many_at_once_are_refused(interface, people):
    from qms.lib.errors import Invalid

    with pytest.raises(Invalid):
        actions.retry_letters(
            interface=interface, letters=[f"in:{n}" for n in range(201)], by=people["integration"], reason=WHY
        )
    with pytest.raises(Invalid):
        actions.retry_letters(interface=interface, letters=[], by=people["integration"], reason=WHY)


# --- search, detail ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["LOT-26-0001", "record", "message", "RM-TI64-B25"])
def test_a_message_is_found_by_lot_record_id_and_part(owner, mes, what):
    sent = event()
    number = mes.post(sent).json()["record"]
    mes.post(event(lot="OTHER", part="TB-9"))
    text = {"record": number, "message": sent["id"]}.get(what, what)
    found = queries.passages(owner_user(owner), text=text)
    assert number in [passage.key for passage in found], what
    page = owner.get(reverse("connectors:find"), {"q": text}).content.decode()
    assert number in page


def owner_user(client):
    from qms.accounts.models import User

    return User.objects.get(pk=client.session["_auth_user_id"])


def test_a_message_that_waits_is_found_by_what_stands_in_it(owner, mes):
    mes.post(event(nc_code="KRATZER", lot="L-4711"))
    [found] = queries.passages(owner_user(owner), text="l-4711")
    assert found.state == "NEEDS_MAPPING" and found.direction == "in"


def test_a_posting_is_found_by_lot_reference_and_document(owner, ask):
    posting = ask()
    outbox.deliver_next()
    posting.refresh_from_db()
    for text in (posting.reference, posting.document_number, posting.lot.number, posting.record_number):
        found = queries.passages(owner_user(owner), text=text)
        assert [passage.url for passage in found if passage.direction == "out"], text


def test_nothing_of_another_site_is_found(client, people, mes, ask):
    number = mes.post(event()).json()["record"]
    posting = ask()
    assert queries.passages(people["operator"], text=number) == []
    assert queries.passages(people["operator"], text=posting.reference) == []
    assert client.get(reverse("connectors:find")).status_code == 302


def test_the_detail_tells_how_each_field_was_understood(owner, mes, mes_interface):
    rules = {"fields": [
        {"to": "nc_code", "from": "/Fault/Code", "values": {"17": "DIM-OUT"}},
        {"to": "quantity.affected", "from": "/Qty", "as": "decimal", "comma": True},
        {"to": "part", "from": "/Part"},
    ]}  # fmt: skip
    from connectors import events as said

    with journal.act(said.SWITCHED, by=journal.SYSTEM) as act:
        version = MappingVersion.objects.create(
            interface=mes_interface, message_type="mes.defect.logged", number=1, status="active", rules=rules
        )
        act.record(version, said.Switched("mes-aug", "live"))
    sent = event()
    sent["data"] = {"Fault": {"Code": 17}, "Qty": "2,5", "Part": "RM-TI64-B25"}
    assert mes.post(sent).status_code == 201
    message = InboxMessage.objects.get()
    told = {step.target: step for step in queries.steps(message)}
    assert (told["nc_code"].given, told["nc_code"].result) == ("17", "DIM-OUT")
    assert (told["quantity.affected"].source, told["quantity.affected"].result) == ("/data/Qty", "2.5")
    page = owner.get(reverse("connectors:message", args=[message.uid])).content.decode()
    assert "How it was understood" in page and "/data/Fault/Code" in page and message.record_number in page
    assert "version 1" in owner.get(url("interface", "mes-aug"), {"tab": "mapping"}).content.decode()


def test_a_message_without_a_mapping_is_taken_as_it_is(owner, mes):
    mes.post(event())
    told = {step.target: step for step in queries.steps(InboxMessage.objects.get())}
    assert told["quantity.affected"].result == "5" and told["nc_code"].rule == ""


def test_attempts_count_as_failures_of_the_day(interface, dead):
    assert queries.card(interface).failures == Attempt.objects.count() == 3
