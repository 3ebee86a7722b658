"""Instructions, samples, sorting and stops: asked of one or more systems, counted, cancelled by a message that needs an answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.actions import connect
from connectors.outbox import news
from ncr import actions as ncr
from ncr.models import Hold, Nonconformance
from qms import journal
from qms.accounts.models import Site
from qms.commands import handshake, queries, targets
from qms.commands.models import Command
from qms.demo.cast import issue_tokens
from qms.journal import queries as trail
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from tests.factories import Factory, person

from .receivers import seal

PROVES = ("11.10(f)", "G9")
TEXT = "Check the bore of every part with gauge G-12."
READS = ["special_instruction", "inspect_sample"]


def takes(code: str, kinds: Any, site: str = "AUG") -> None:
    connect(
        code=code, name=code.title(), kind="mes", adapter="cloudevents", base_url="", secrets={}, mode="live",
        settings={"takes_commands": kinds}, site=Site.objects.get(code=site), by=journal.SYSTEM,
    )  # fmt: skip


@pytest.fixture
def record(make: Factory, people: Any) -> Nonconformance:
    takes("mes-a", READS)
    takes("mes-b", True)
    takes("mes-silent", {})
    takes("mes-suz", True, site="SUZ")
    return make.report()


def instruct(record: Nonconformance, kind: str = "special_instruction", by: str = "engineer", **more: Any) -> Any:
    ncr.instruct(ncr=record, by=person(by), kind=kind, text=TEXT, **more)
    return list(Command.objects.of(record).order_by("target"))


def fetched(command: Command) -> Command:
    return handshake.deliver(command=command, by=journal.SYSTEM)


def told(command: Command, state: str, **said: Any) -> Command:
    return handshake.answer(command=command, state=state, said=said, by=journal.SYSTEM)[0]


def late(command: Command) -> None:
    """Its deadline lies in the past, as if time had gone by."""
    with journal.act(journal.EVENTS["command.overdue"], by=journal.SYSTEM) as act:
        Command.objects.filter(pk=command.pk).update(due_at=now() - timedelta(seconds=1))
        act.record("clock")
    handshake.watch()


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(person(name), "qms.accounts.backends.PasswordBackend")
    return client


def test_every_system_of_the_site_that_takes_it_is_asked(record):
    asked = instruct(record, valid_until=now() + timedelta(hours=8))
    assert [(c.target, c.state, c.text, c.lot) for c in asked] == [
        (target, "REQUESTED", TEXT, record.lot_number) for target in ("mes-a", "mes-b")
    ]
    [line] = [line for line in trail.timeline(record) if line.event == "ncr.instructed"]
    assert line.sentence == f"Asked of the shop floor (Special instruction): {TEXT}"
    assert "Asked of mes-a: Special instruction" in " ".join(one.sentence for one in trail.timeline(record))
    assert [c.target for c in instruct(record, kind="sort") if c.kind == "sort"] == ["mes-b"], "mes-a takes no sorting"


def test_two_of_two_are_confirmed_when_both_have_read_it_and_the_late_one_is_named(record):
    first, second = (fetched(c) for c in instruct(record))
    told(first, "acknowledged", by="OP-7")
    late(second)
    [group] = queries.grouped(Command.objects.of(record))
    assert (group.confirmed, len(group.counting), group.late, group.is_whole) == (1, 2, ["mes-b"], False)
    page = signed_in("engineer").get(record.get_absolute_url()).content.decode()
    assert "1 of 2 confirmed" in page and "late: mes-b" in page
    told(Command.objects.get(pk=second.pk), "acknowledged", by="OP-8")
    page = signed_in("mrb2").get(record.get_absolute_url()).content.decode()
    assert "已确认 2 / 2" in page, "the same in Chinese"


def test_reading_is_enough_for_an_instruction_but_not_for_a_sample(record):
    read, *_rest = (fetched(c) for c in instruct(record))
    read = told(read, "acknowledged", by="OP-7")
    assert read.is_confirmed and read.due_at is None
    sample = fetched(next(c for c in instruct(record, kind="inspect_sample") if c.kind == "inspect_sample"))
    sample = told(sample, "acknowledged", by="OP-7")
    assert not sample.is_confirmed and sample.due_at is not None
    sample = told(sample, "executed", by="OP-7", location="CMM-2")
    assert sample.is_confirmed, "nothing has to be counted"
    assert handshake.verify(command=sample, by=person("supervisor")).state == "VERIFIED"


def test_the_same_form_sent_twice_asks_once(record):
    uid = uuid7()
    for _ in range(2):
        instruct(record, uid=uid)
    assert Command.objects.count() == 2 and Entry.objects.filter(event="ncr.instructed").count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "hold"}, "kind"),
        ({"kind": "special_instruction", "text": " ? "}, "text"),
        ({"valid_until": now() - timedelta(minutes=1)}, "valid_until"),
        ({"quantity": 11}, "quantity"),
        ({"asked": ["mes-silent"]}, "asked"),
        ({"asked": ["mes-suz"]}, "asked"),
        ({"kind": "stop_operation", "asked": ["mes-a"]}, "asked"),
    ],
)
def test_what_cannot_be_asked_is_refused_whole(record, more, field):
    with pytest.raises(Invalid) as refused:
        ncr.instruct(ncr=record, by=person("engineer"), **{"kind": "special_instruction", "text": TEXT, **more})
    assert refused.value.field == field and not Command.objects.exists()


def test_a_hold_of_another_record_is_refused_and_its_own_is_named(record, make):
    other = make.hold(make.report(), posted=False)
    with pytest.raises(Invalid):
        instruct(record, hold=other)
    asked = instruct(other.ncr, hold=other, asked=["mes-a"])
    assert [c.target for c in other.commands() if c.is_ask] == ["mes-a"] and asked
    page = signed_in("supervisor").get(other.get_absolute_url()).content.decode()
    assert TEXT in page and f"{reverse('ncr:instruct', args=[other.ncr.number])}?hold={other.number}" in page


def test_only_who_holds_the_right_and_only_while_the_record_is_open(record, people):
    for name in ("operator", "inspector", "auditor"):
        with pytest.raises(Forbidden):
            instruct(record, by=name)
    ncr.cancel(ncr=record, by=person("manager"), reason="reported twice")
    with pytest.raises(Conflict):
        instruct(record)


def test_without_a_system_that_listens_the_act_says_why(make, people):
    record = make.report()
    page = signed_in("engineer").get(reverse("ncr:instruct", args=[record.number]))
    assert page.status_code == 409 and "takes instructions" in page.content.decode()
    assert targets.at(record.site_id) == []


# --- cancel ----------------------------------------------------------------------------------------------------------


def test_what_was_never_fetched_is_cancelled_at_once(record):
    [command, _other] = instruct(record)
    row = handshake.request_cancel(command=command, by=person("engineer"), reason="wrong drawing named")
    assert (row.state, row.due_at) == ("CANCELLED", None)
    told_events = Entry.objects.filter(object_key=str(row.pk), object_type="commands.command", kind="act")
    assert list(told_events.order_by("id").values_list("event", flat=True)) == [
        "command.requested", "command.cancel_requested", "command.cancelled",
    ]  # fmt: skip


def test_what_was_fetched_is_cancelled_only_when_the_target_says_so(record):
    command = told(fetched(instruct(record)[0]), "acknowledged", by="OP-7")
    row = handshake.request_cancel(command=command, by=person("engineer"), reason="drawing was corrected")
    assert row.state == "CANCEL_REQUESTED" and row.due_at is not None and not row.is_confirmed
    with pytest.raises(Conflict):
        told(row, "rejected", reason="no")
    assert told(row, "cancelled", by="OP-7").state == "CANCELLED"


def test_a_cancellation_that_comes_too_late_is_told_as_done(record):
    command = fetched(instruct(record, kind="stop_operation")[0])
    command = handshake.request_cancel(command=command, by=person("engineer"), reason="was a false alarm")
    assert told(command, "executed", by="OP-7").state == "EXECUTED"


def test_a_cancellation_without_an_answer_goes_late_and_expires(record):
    command = fetched(instruct(record)[0])
    handshake.request_cancel(command=command, by=person("engineer"), reason="drawing was corrected")
    for _ in range(4):
        late(command)
    command.refresh_from_db()
    assert command.state == "EXPIRED" and command.is_late
    assert (
        handshake.cancel(command=command, by=person("engineer"), reason="operator told by phone").state == "CANCELLED"
    )


def test_a_hold_is_not_cancelled_through_its_command(record, make):
    hold = make.hold(make.report(), posted=False)
    [command] = hold.commands()
    with pytest.raises(Conflict, match="release or cancel the hold"):
        handshake.request_cancel(command=command, by=person("supervisor"), reason="not needed")
    assert "request-cancel" not in {step.name for step in command.steps_open}
    assert "request-cancel" in {step.name for step in instruct(record)[0].steps_open}


def test_its_time_ends_the_waiting_and_what_is_over_is_not_asked_again(record):
    command = fetched(instruct(record, valid_until=now() + timedelta(seconds=90))[0])
    assert command.due_at == command.valid_until, "nobody waits longer than it holds"
    assert not command.is_over
    command.valid_until = now() - timedelta(seconds=1)
    assert command.is_over and "over" in command.workflow.transition("retry").blocked(command)


# --- pages and interface ---------------------------------------------------------------------------------------------


def test_the_form_asks_shows_and_leads_to_the_page(record):
    client, at = signed_in("engineer"), reverse("ncr:instruct", args=[record.number])
    form = client.get(at).content.decode()
    assert "Mes-A" in form and "Stop the operation" in form and "Mes-Suz" not in form
    sent = {"_key": str(uuid7()), "version": record.version, "kind": "stop_operation", "text": TEXT, "asked": ["mes-b"]}
    answers = [client.post(at, sent) for _ in range(2)]
    assert [a.status_code for a in answers] == [302, 302]
    [command] = Command.objects.all()
    page = client.get(command.get_absolute_url()).content.decode()
    assert (
        TEXT in page
        and "No answer yet" in page
        and reverse("ncr:command-step", args=[command.uid, "request-cancel"]) in page
    )
    listed = client.get(reverse("ncr:command-list"), {"q": record.number}).content.decode()
    assert command.get_absolute_url() in listed
    told(fetched(command), "executed", by="OP-7", location="CAGE 3", url="https://mes.example/1")
    assert "CAGE 3" in client.get(command.get_absolute_url()).content.decode()
    assert "停止" in signed_in("mrb2").get(command.get_absolute_url()).content.decode()


def test_another_site_and_a_closed_record_show_nothing(record):
    [command, *_rest] = instruct(record)
    stranger = signed_in("gongcheng")
    assert stranger.get(command.get_absolute_url()).status_code == 404
    assert stranger.get(reverse("ncr:instruct", args=[record.number])).status_code == 404
    assert command.get_absolute_url() not in stranger.get(reverse("ncr:command-list")).content.decode()
    assert signed_in("admin").get(command.get_absolute_url()).status_code in (403, 404)


def test_the_interface_sends_it_hears_the_cancellation_and_the_events_carry_the_text(own_database):
    takes("mes-aug", True)
    record = Factory().report()
    token = issue_tokens()["mes"]
    client, headers = Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"}
    until = (now() + timedelta(hours=8)).isoformat()
    engineer = signed_in("engineer")
    body = {"kind": "special_instruction", "text": TEXT, "valid_until": until}
    made = engineer.post(
        f"/api/v1/ncrs/{record.number}/instruct", body, content_type="application/json",
        headers={"If-Match": f'"{record.version}"'},
    )  # fmt: skip
    assert made.status_code == 200, made.content
    seal()
    page = client.get("/api/v1/mes/commands", headers=headers).json()
    [asked] = page["results"]
    assert (asked["kind"], asked["text"], asked["status"], asked["confirmed_by"]) == (
        "special_instruction", TEXT, "delivered", "acknowledged",
    )  # fmt: skip
    assert asked["valid_until"]
    handshake.request_cancel(command=Command.objects.get(), by=person("engineer"), reason="drawing was corrected")
    seal()
    page = client.get("/api/v1/mes/commands", {"cursor": page["next"]}, headers=headers).json()
    assert [c["status"] for c in page["results"]] == ["cancel_requested"]
    at = f"/api/v1/mes/commands/{asked['id']}/acks"
    answer = client.post(at, {"state": "cancelled", "by": "OP-7"}, content_type="application/json", headers=headers)
    assert answer.status_code == 201 and answer.json()["status"] == "cancelled"
    entry = Entry.objects.get(event="command.requested", kind="act")
    event = news.told(news.read([entry])[0], {record.site_id: "AUG"})
    assert (
        event["data"]["text"] == TEXT and event["data"]["valid_until"] and event["type"] == "qms.command.requested.v1"
    )


def test_a_system_may_take_some_kinds_only(make, people):
    takes("mes-reader", ["special_instruction"])
    hold = make.hold(make.report())
    assert hold.state == "ACTIVE" and not hold.commands().exists(), "it takes no holds, so none is waited for"
    assert Hold.objects.get(pk=hold.pk).ncr.containment == "confirmed"


def test_the_owner_says_in_the_settings_what_an_interface_takes(record):
    client, at = signed_in("integration"), reverse("connectors:configure", args=["mes-a"])
    assert "Takes commands" in client.get(at).content.decode()
    sent = {"_key": str(uuid7()), "purpose": "x", "sync_every": 300, "silent_after": 900, "reason": "new release"}
    assert client.post(at, {**sent, "takes": ["sort", "nothing"]}).status_code == 422
    assert client.post(at, {**sent, "takes": ["hold", "sort"]}).status_code == 302
    assert [t.kinds for t in targets.at(record.site_id) if t.code == "mes-a"] == [frozenset({"hold", "sort"})]
    assert "Sort" in client.get(reverse("connectors:interface", args=["mes-a"])).content.decode()
    assert client.post(at, {**sent, "_key": str(uuid7())}).status_code == 302
    assert "mes-a" not in {t.code for t in targets.at(record.site_id)}
