"""Whoever can act is told of silence and lateness: one rung at a time, one line while it is unread, and by mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from connectors import actions
from connectors.actions import connect
from connectors.models import Because, Webhook
from connectors.outbox import subscriptions
from ncr import actions as ncr
from qms import journal
from qms.accounts.models import Site
from qms.commands import handshake
from qms.commands.models import Command
from qms.insight import worklist
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.office import notifications
from qms.office.models import Notification, NotificationSettings
from qms.office.notifications import rules
from tests.battery.interfaces import webhook
from tests.factories import person

PROVES = ("11.10(f)", "G9")


@pytest.fixture
def news(db):
    """`news()`: take what was recorded since it was last asked, as the worker does with what is sealed."""
    seen = [Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0]

    def take() -> None:
        fresh = list(Entry.objects.filter(id__gt=seen[0]).order_by("id"))
        seen[0] = fresh[-1].id if fresh else seen[0]
        rules.take(fresh)

    return take


@pytest.fixture
def interface(people):
    row, _new = connect(
        code="mes-a", name="MES A", kind="mes", adapter="cloudevents", base_url="", secrets={}, mode="live",
        settings={"takes_commands": ["special_instruction"]}, site=Site.objects.get(code="AUG"), by=journal.SYSTEM,
        owner=person("designer"),
    )  # fmt: skip
    return row


@pytest.fixture
def command(make, interface) -> Command:
    record = ncr.edit(
        cause="INFO", ncr=make.report(), by=person("engineer"), reason="mine now", owner=person("supplierq")
    )
    ncr.instruct(ncr=record, by=person("engineer"), kind="special_instruction", text="Check every bore.")
    return Command.objects.get()


def told(event: str) -> list[str]:
    return sorted(Notification.objects.filter(event=event).values_list("user__username", flat=True))


def late() -> None:
    with journal.act(journal.EVENTS["command.overdue"], by=journal.SYSTEM) as act:
        Command.objects.update(due_at=now() - timedelta(seconds=1))
        act.record("clock")
    handshake.watch()


def test_each_missed_deadline_tells_the_next_rung(command, news):
    news()
    Notification.objects.all().delete()
    late()
    news()
    first = set(told("command.overdue"))
    assert first == {"designer", "engineer", "inspector", "supplierq"}, "interface's owner, who asked, reporter, owner"
    late()
    news()
    second = set(told("command.overdue")) - first
    assert "supervisor" in second and "manager" not in second
    late()
    news()
    assert "manager" in told("command.overdue")
    late()
    news()
    assert Command.objects.get().state == "EXPIRED" and "supplierq" in told("command.expired")


def test_an_alarm_that_is_unread_is_one_line_and_comes_again_after_it_was_read(command, news):
    for _ in range(2):
        late()
        news()
        handshake.retry(command=_expired(), by=person("supervisor"))
        news()
    mine = Notification.objects.filter(user=person("supplierq"), event="command.overdue")
    assert mine.count() == 1
    mine.update(read_at=now())
    late()
    news()
    assert Notification.objects.filter(user=person("supplierq"), event="command.overdue").count() == 2


def _expired() -> Command:
    while Command.objects.get().state != "EXPIRED":
        late()
    return Command.objects.get()


def test_rejections_reach_who_asked_and_the_sentence_names_the_system(command, news, client):
    row = handshake.deliver(command=command, by=journal.SYSTEM)
    handshake.answer(command=row, state="rejected", said={"reason": "line is down"}, by=journal.SYSTEM)
    news()
    assert "engineer" in told("command.rejected")
    client.force_login(person("engineer"))
    assert f"mes-a rejected what {row.record_number}" in client.get(reverse("office:inbox")).content.decode()
    tasks = worklist.of(person("supervisor")).tasks
    assert [t.url for t in tasks if t.label == row.record_number and "line is down" in t.title] == [
        row.get_absolute_url()
    ]


def silence(interface: Any) -> None:
    """Heard an hour ago and not since."""
    from connectors.models import InterfaceState

    InterfaceState.objects.filter(interface=interface).update(
        succeeded_at=now() - timedelta(hours=1), silent_since=None
    )
    actions.watch()


def test_a_silent_interface_is_told_to_its_owner_and_those_who_operate_it_once(interface, news, client):
    actions.configure(
        interface=interface, purpose="Defects", owner=person("supervisor"), sync_every=300, silent_after=900,
        by=person("integration"), reason="a new owner",
    )  # fmt: skip
    silence(interface)
    news()
    before = told("interface.silent")
    assert before == ["integration", "supervisor"]
    silence(interface)
    news()
    assert told("interface.silent") == before, "unread, so it is not told again"
    user = person("integration")
    client.force_login(user)
    mine = Notification.objects.get(user=user)
    assert "The interface mes-a is silent" in client.get(reverse("office:inbox")).content.decode()
    answer = client.get(reverse("office:notification", args=[mine.uid]))
    assert answer["Location"] == interface.get_absolute_url()
    mine.refresh_from_db()
    assert mine.read_at
    client.force_login(person("mrb2"))
    assert "mes-a" not in client.get(reverse("office:inbox")).content.decode()


def test_it_is_mailed_in_the_readers_language_and_not_to_who_muted_it(interface, news, settings):
    settings.BASE_URL = "https://qms.plant.example"
    user = person("integration")
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        user.email, user.language = "integration@plant.example", "zh-hans"
        user.save(update_fields=["email", "language"])
        act.record(user)
    silence(interface)
    news()
    noon = now().replace(hour=12, minute=0) + timedelta(days=1)
    assert notifications.send_digests(at=noon) == 1
    assert "接口 mes-a" in mail.outbox[0].body and "https://qms.plant.example/notifications/" in mail.outbox[0].body
    Notification.objects.all().delete()
    NotificationSettings.objects.update_or_create(user=user, defaults={"muted": ["silence"]})
    silence(interface)
    news()
    assert not Notification.objects.filter(user=user).exists()


def test_a_webhook_that_was_stopped_is_told_and_leads_there(people, news, client):
    hook: Webhook = webhook(Site.objects.get(code="AUG"), "Receiver")
    subscriptions.stop(webhook=hook, why=Because.GONE, problem="410 Gone")
    news()
    assert told("webhook.stopped") == ["integration"]
    client.force_login(person("integration"))
    mine = Notification.objects.get()
    assert client.get(reverse("office:notification", args=[mine.uid]))["Location"] == hook.get_absolute_url()
    client.force_login(person("engineer"))
    assert client.get(reverse("office:notification", args=[mine.uid])).status_code == 404
