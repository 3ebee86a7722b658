"""Commands to the MES: told once per state with evidence, verified by another person, watched by the clock; a breach undoes."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from connectors.actions import connect
from connectors.outbox import feed
from ncr import actions as ncr
from ncr.models import Hold
from qms import journal
from qms.accounts.models import Site
from qms.commands import handshake, readback
from qms.commands.models import Command
from qms.demo.cast import issue_tokens
from qms.journal.models import Entry
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden
from qms.masterdata.models import Lot, Serial
from qms.office.models import Notification
from qms.office.notifications import rules
from tests.connectors.mes import Mes
from tests.factories import Factory, person

from .receivers import seal

PROVES = ("11.10(f)", "G9")


def takes(settings: dict[str, Any] | None = None, code: str = "mes-aug") -> None:
    connect(
        code=code, name="MES", kind="mes", adapter="cloudevents", base_url="", secrets={}, mode="live",
        settings={"takes_commands": True} if settings is None else settings, site=Site.objects.get(code="AUG"),
        by=journal.SYSTEM,
    )  # fmt: skip


@pytest.fixture
def held(make: Factory, people: Any) -> Hold:
    takes()
    return make.hold(make.report())


def told(command: Command, state: str, **said: Any) -> tuple[Command, bool]:
    return handshake.answer(command=command, state=state, said=said, by=journal.SYSTEM)


def executed(command: Command, at: Any = None, **counted: str) -> Command:
    quantity = counted or {"segregated": str(int(command.quantity))}
    command = handshake.deliver(command=command, by=journal.SYSTEM) if command.state == "REQUESTED" else command
    return told(command, "executed", by="OP-7", quantity=quantity, **({"at": at} if at else {}))[0]


def test_a_hold_is_active_only_when_erp_and_mes_have_it(held):
    assert held.state == "REQUESTED", "the ERP has posted, the MES has not answered"
    [command] = held.commands()
    assert (command.kind, command.state, command.target, command.lot) == (
        "hold",
        "REQUESTED",
        "mes-aug",
        held.lot_number,
    )
    assert held.ncr.containment == "requested"
    executed(command)
    held.refresh_from_db()
    assert held.state == "ACTIVE" and Hold.objects.get(pk=held.pk).ncr.containment == "confirmed"


def test_without_a_mes_that_takes_commands_all_is_as_before(make, people):
    takes({})
    hold = make.hold(make.report())
    assert hold.state == "ACTIVE" and not hold.commands().exists()


def test_a_state_is_told_once_and_in_order(held):
    [command] = held.commands()
    with pytest.raises(Conflict):
        told(command, "executed", quantity={"segregated": "10"})
    command = handshake.deliver(command=command, by=journal.SYSTEM)
    command, is_new = told(command, "acknowledged", by="OP-7")
    same, again = told(command, "acknowledged", by="OP-8")
    assert (is_new, again, same.answers["acknowledged"]["by"]) == (True, False, "OP-7")
    command = executed(command)
    with pytest.raises(Conflict):
        told(command, "rejected", reason="too late")


@pytest.mark.parametrize(
    "counted", [{"segregated": "11"}, {"segregated": "-1"}, {"lost": "1"}, {}, {"segregated": "x"}]
)
def test_quantities_that_cannot_be_are_refused(held, counted):
    command = handshake.deliver(command=held.commands().get(), by=journal.SYSTEM)
    with pytest.raises(handshake.Invalid):
        told(command, "executed", quantity=counted)
    assert Command.objects.get().state == "DELIVERED"


def test_an_unexplained_difference_blocks_verification_and_nobody_verifies_themselves(held):
    command = executed(held.commands().get(), segregated="7", shipped="1")
    with pytest.raises(Conflict, match="add up"):
        handshake.verify(command=command, by=person("engineer"))
    other = handshake.breach(command=command, by=journal.SYSTEM, problem="moved")
    other = handshake.confirm(command=other, by=person("engineer"), reason="seen in the cage, tag hung")
    with pytest.raises(Forbidden):
        handshake.verify(command=other, by=person("engineer"))
    with pytest.raises(Forbidden):
        handshake.verify(command=other, by=person("operator"))
    assert handshake.verify(command=other, by=person("supervisor")).state == "VERIFIED"


def test_missed_deadlines_tell_one_after_the_other_and_expiry_is_never_done(held):
    seen = []
    for _miss in range(5):
        with journal.act(journal.EVENTS["command.overdue"], by=journal.SYSTEM) as act:
            Command.objects.exclude(due_at=None).update(due_at=now() - timedelta(seconds=1))
            act.record("clock")
        handshake.watch()
        seen.append(Command.objects.get().state)
    assert seen == ["REQUESTED"] * 3 + ["EXPIRED"] * 2
    row = str(held.commands().get().pk)
    overdue = Entry.objects.filter(event="command.overdue", object_key=row, object_type="commands.command").order_by(
        "id"
    )
    assert [who in e.payload for who, e in zip(("owner", "supervisor", "quality_manager"), overdue, strict=True)] == [
        True
    ] * 3
    held.refresh_from_db()
    assert held.state == "REQUESTED"
    assert handshake.retry(command=held.commands().get(), by=person("supervisor")).state == "REQUESTED"


def test_a_critical_command_has_a_quarter_of_the_time_but_two_minutes_at_least():
    ordinary, critical = (handshake.deadline("ACKNOWLEDGED", s) - now() for s in ("major", "critical"))
    assert abs(ordinary - 4 * critical) < timedelta(seconds=1)
    assert handshake.deadline("REQUESTED", "critical") - now() > timedelta(seconds=110)


def work(hold: Hold, minutes: int, kind: str = "completed", **named: Any) -> int:
    """Told by the shop floor, so many minutes after the MES said that it holds the lot."""
    at = hold.commands().get(kind="hold").executed_at + timedelta(minutes=minutes)
    site = named.pop("site", "AUG")
    said = {
        "kind": kind,
        "source": "mes-aug",
        "source_event": str(uuid.uuid4()),
        "occurred_at": at,
        "received_at": now(),
    }
    production = ncr.Production(site_id=Site.objects.get(code=site).pk, **said, **named)
    ncr.report_production(production=production, by=journal.SYSTEM)
    return Command.objects.filter(state="BREACHED").count()


def test_work_on_a_held_lot_is_a_breach_only_if_it_came_after(held):
    executed(held.commands().get())
    assert work(held, -1, lot_number=held.lot_number) == 0
    assert work(held, 1, lot_number=held.lot_number, kind="started") == 0, "a start alone changes nothing"
    assert work(held, 1, order_number="WO-OTHER") == 0
    assert work(held, 1, lot_number=held.lot_number) == 1
    assert held.commands().get().state == "BREACHED"
    assert Hold.objects.get(pk=held.pk).ncr.containment == "breached"
    handshake.confirm(command=held.commands().get(), by=person("engineer"), reason="moved back to the cage")
    assert Hold.objects.get(pk=held.pk).ncr.containment == "confirmed"


def test_work_at_another_site_breaks_no_hold(held):
    executed(held.commands().get())
    Lot.objects.filter(pk=held.lot_id).update(site=None)
    assert work(held, 1, lot_number=held.lot_number, site="SUZ") == 0


def test_work_on_a_piece_of_a_held_lot_is_a_breach(held):
    executed(held.commands().get())
    assert work(held, 1, serials=["SN-7"]) == 0
    mirrored = {"source": "erp", "external_id": "SN-7", "content": "{}", "content_hash": ""}
    Serial.objects.create(number="SN-7", lot=held.lot, item=held.lot.item, **mirrored)
    assert work(held, 1, serials=["SN-7"]) == 1 and held.commands().get().state == "BREACHED"


def test_a_release_is_a_command_of_its_own(held):
    executed(held.commands().get())
    held.refresh_from_db()
    ncr.request_release(hold=held, by=person("supervisor"), reason="sorted and found good")
    assert [(c.kind, c.state) for c in held.commands()] == [("hold", "EXECUTED"), ("release", "REQUESTED")]


def test_the_page_offers_the_steps_and_takes_them(held):
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    command = executed(held.commands().get())
    client = Client()
    client.force_login(person("supervisor"), "qms.accounts.backends.PasswordBackend")
    at = f"/holds/commands/{command.uid}/verify"
    assert at in client.get(held.get_absolute_url()).content.decode()
    assert client.get(at).status_code == 200 and client.post(at, {}).status_code == 302
    assert held.commands().get().state == "VERIFIED"
    assert "mes-aug" in client.get(held.ncr.get_absolute_url()).content.decode()
    assert client.get(f"/holds/commands/{command.uid}/execute").status_code == 404


def test_the_mes_fetches_and_answers(own_database):
    takes()
    make = Factory()
    record = make.report()
    hold = make.hold(record)
    seal()
    token = issue_tokens()["mes"]
    client, headers = Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"}
    page = client.get("/api/v1/mes/commands", headers=headers).json()
    [told_command] = page["results"]
    assert (told_command["status"], told_command["record"], told_command["lot"]) == (
        "delivered",
        record.number,
        hold.lot_number,
    )
    seal()
    assert client.get("/api/v1/mes/commands", {"cursor": page["next"]}, headers=headers).json()["results"] == []
    at = f"/api/v1/mes/commands/{told_command['id']}/acks"
    sent = {"state": "executed", "by": "OP-7", "quantity": {"segregated": "9", "not_found": "1"}, "location": "CAGE-1"}
    answers = [client.post(at, sent, content_type="application/json", headers=headers) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 200] and answers[0].json()["status"] == "executed"
    late = client.post(at, {"state": "acknowledged"}, content_type="application/json", headers=headers)
    assert late.status_code == 409 and late.json()["detail"]
    assert Hold.objects.get(pk=hold.pk).state == "ACTIVE"
    other = {"Authorization": f"Bearer {issue_tokens()['readonly']}"}
    assert client.get("/api/v1/mes/commands", headers=other).status_code == 403
    takes(code="mes-other")
    elsewhere = make.hold(make.report())
    foreign = elsewhere.commands().get(target="mes-other")
    url = f"/api/v1/mes/commands/{foreign.uid}/acks"
    assert client.post(url, sent, content_type="application/json", headers=headers).status_code == 404
    assert feed.end() > 0


def reported(command: Command, held: bool = True, minutes: int = 1, **said: Any) -> tuple[str, Command]:
    """The MES says what it holds, so many minutes after it said that it had executed."""
    at = (command.executed_at or now()) + timedelta(minutes=minutes)
    report = readback.Report(is_held=held, at=at, source="mes-aug", **said)
    row, outcome = readback.hear(command=command, report=report, by=journal.SYSTEM)
    row.refresh_from_db()
    return outcome, row


def test_a_report_of_the_system_verifies_and_a_later_one_takes_it_back(held):
    command = executed(held.commands().get())
    assert reported(command, minutes=-1)[0] == "kept", "it was said before the hold was executed"
    outcome, command = reported(command, quantity=command.quantity, unit=command.unit)
    assert (outcome, command.state, command.verified_how, command.verified_by) == (
        "verified",
        "VERIFIED",
        "read_back",
        None,
    )
    assert Entry.objects.filter(event="command.read_back").count() == 1
    assert reported(command, held=False, minutes=0)[0] == "kept", "an older report than the last changes nothing"
    outcome, command = reported(command, held=False, minutes=5)
    assert (outcome, command.state, command.verified_how) == ("differs", "EXECUTED", "")
    assert "does not hold this" in command.problem
    rules.take(list(Entry.objects.order_by("id")))
    assert Notification.objects.filter(event="command.report_differs", user=person("engineer")).count() == 1
    assert reported(command, minutes=9)[1].state == "VERIFIED" and not held.commands().get().problem


def test_less_on_hold_than_was_counted_differs_and_a_person_may_still_verify(held, client):
    command = executed(held.commands().get())
    outcome, command = reported(command, quantity=Decimal(1), unit=command.unit)
    assert (outcome, command.state) == ("differs", "EXECUTED") and "had counted" in command.problem
    client.force_login(person("engineer"))
    page = client.get(command.get_absolute_url()).content.decode()
    assert "had counted" in page and "Last report of the system" in page
    command = handshake.verify(command=command, by=person("supervisor"))
    assert (command.verified_how, command.problem) == ("person", "")
    assert "By a person" in client.get(command.get_absolute_url()).content.decode()


def test_over_the_wire_by_lot_and_before_the_answer(held):
    [command] = held.commands()
    sender = Mes(issue_tokens()["mes"])
    command = handshake.deliver(command=command, by=journal.SYSTEM)
    later = canonical.instant(now() + timedelta(minutes=1))

    def tell(**data: Any) -> Any:
        sent = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "mes-aug", "type": "mes.hold.reported"}
        return sender.post({**sent, "time": later, "data": data})

    assert tell(held=True).status_code == 422 and tell(lot="X").status_code == 422
    unknown = tell(held=True, lot="LOT-NOBODY")
    assert unknown.status_code in (200, 201) and unknown.json()["record"] is None
    told_first = tell(held=True, lot=held.lot_number, hold_id="H-9")
    assert told_first.json()["record"] == held.ncr.number, told_first.json()
    assert held.commands().get().state == "DELIVERED", "a report is no answer"
    executed(held.commands().get())
    command = held.commands().get()
    assert (command.state, command.verified_how, command.reported["there"]) == ("VERIFIED", "read_back", "H-9")


def test_a_report_after_the_release_concerns_the_release(held):
    executed(held.commands().get())
    reported(held.commands().get())
    held.refresh_from_db()
    ncr.request_release(hold=held, by=person("supervisor"), reason="sorted and found good")
    [newest] = readback.matching(target="mes-aug", site_id=held.site_id, lots=[held.lot_number])
    assert newest.kind == "release" and reported(newest, held=True)[0] == "kept", "it was not executed yet"
    newest = executed(newest, at=now() + timedelta(hours=1))
    assert reported(newest, held=False)[1].state == "VERIFIED"
    assert not readback.matching(target="other", site_id=held.site_id, lots=[held.lot_number])
