"""Nothing silent: flows, daemons, the ladder, a week of plant life without a false alarm, and the ping to the outside."""

import datetime as dt

import pytest
from django.db import connection
from django.test import override_settings

from connectors import actions
from connectors.actions import silence
from connectors.http import deadman
from connectors.models import Daemon, Delivery, Flow, FlowState, InboxMessage, Interface
from connectors.queries import banners
from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.office import calendars
from qms.office.models import Notification
from qms.office.notifications import digest, rules
from tests.factories import Factory, person
from tests.fakes.server import as_json, serve

pytestmark = pytest.mark.django_db
PROVES = ("G12",)
MONDAY = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
TYPE = "mes.defect.logged"


@pytest.fixture
def mes(people) -> Interface:
    made, _changed = actions.connect(
        code="mes-week", name="Line 4", kind="mes", adapter="cloudevents", base_url="", settings={}, secrets={},
        site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM, owner=people["integration"],
    )  # fmt: skip
    return made


@pytest.fixture
def shifts(people, mes) -> calendars.Calendar:
    """Two shifts on weekdays, the second over midnight; Wednesday is a day off."""
    calendars.set_calendar(
        site=mes.site, shifts="1-5 06:00-14:00\n1-5 14:00-00:30", days_off="2026-11-04 Works outing",
        by=people["admin"], reason="as the plant works",
    )  # fmt: skip
    return calendars.of(mes.site)


def expect(interface, object=TYPE, direction="in", every=1800, **more) -> Flow:
    told = {"grace": 60, "in_plant_hours": True, "by": person("integration"), "reason": "agreed with the line", **more}
    return silence.expect(interface=interface, object=object, direction=direction, every=every, **told)


def hear(interface, *moments: dt.datetime) -> None:
    first = InboxMessage.objects.count()
    InboxMessage.objects.bulk_create(
        InboxMessage(
            interface=interface, site=interface.site, source=interface.code, message_id=f"m{first + n}", message_type=TYPE,
            body=b"{}", body_sha256="", received_at=at, state="APPLIED", applied_at=at,
        )
        for n, at in enumerate(moments)
    )  # fmt: skip


def told(event: str) -> list[str]:
    return [str(e) for e in Entry.objects.filter(event=event).values_list("event", flat=True)]


def working(
    calendar: calendars.Calendar, since: dt.datetime, until: dt.datetime, step: dt.timedelta
) -> list[dt.datetime]:
    found = []
    for begins, ends in calendar.spans(since, until):
        at = begins
        while at < ends:
            found.append(at)
            at += step
    return found


def test_a_week_with_shifts_and_a_day_off_has_no_false_alarm_and_the_first_silence_is_told(mes, shifts):
    """G12: seven days watched every ten minutes; then the line falls silent in the middle of a shift."""
    flow = expect(mes)
    actions.configure(
        interface=mes, purpose="", owner=mes.owner, sync_every=300, silent_after=30 * 24 * 3600, by=person("integration"),
        reason="only the flow is watched here",
    )  # fmt: skip
    hear(mes, *working(shifts, MONDAY, MONDAY + 7 * 24 * HOUR, 20 * MINUTE))
    at = MONDAY + 7 * HOUR
    while at < MONDAY + 7 * 24 * HOUR:
        assert silence.watch_flows(at=at) == 0, at
        at += 10 * MINUTE
    assert not told("flow.silent")
    # On the second Monday it speaks for the last time at seven o'clock, Augsburg time.
    last = MONDAY + 7 * 24 * HOUR + 6 * HOUR
    hear(mes, *working(shifts, MONDAY + 7 * 24 * HOUR, last + MINUTE, 20 * MINUTE))
    at = last
    while not silence.watch_flows(at=at):
        at += MINUTE
    heard = silence.heard_at(flow, at)
    assert at - heard <= dt.timedelta(seconds=2 * flow.expected + flow.grace), "at most two periods and the grace"
    assert len(told("flow.silent")) == 1 and silence.watch_flows(at=at + MINUTE) == 0
    assert any("Line 4" in b.text and TYPE in b.text for b in banners.of(_record_of(mes), person("integration")))
    hear(mes, at + 2 * MINUTE)
    assert silence.watch_flows(at=at + 3 * MINUTE) == 1 and told("flow.heard")


def _record_of(mes) -> Nonconformance:
    record = Factory().report()
    record.source = f"{mes.code}|x"
    return record


def test_the_working_time_of_a_plant(shifts):
    zone = shifts.zone

    def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime(2026, 11, day, hour, minute, tzinfo=zone)

    assert shifts.worked(local(2, 13), local(2, 15)) == 2 * HOUR
    assert shifts.worked(local(2, 23), local(3, 7)) == 2.5 * HOUR, (
        "the second shift ends after midnight, the first begins at six"
    )
    assert shifts.worked(local(4, 8), local(4, 20)) == dt.timedelta(), "the day off"
    assert shifts.worked(local(7, 8), local(8, 20)) == dt.timedelta(), "the week-end"
    always = calendars.Calendar(zone)
    assert (
        always.worked(dt.datetime(2026, 10, 24, 12, tzinfo=zone), dt.datetime(2026, 10, 25, 12, tzinfo=zone))
        == 25 * HOUR
    )


@pytest.mark.parametrize("text", ["1-5", "1-9 06:00-14:00", "1 06:00-06:00", "Mo 6-14"])
def test_a_shift_that_cannot_be_read_is_refused(people, mes, text):
    with pytest.raises(Invalid):
        calendars.set_calendar(site=mes.site, shifts=text, days_off="", by=people["admin"], reason="try")
    with pytest.raises(Forbidden):
        calendars.set_calendar(site=mes.site, shifts="", days_off="", by=people["operator"], reason="try")


def test_one_person_after_the_other_is_told_and_by_mail_at_once(mes, people, mailoutbox):
    manager = accounts.create_user(username="qm", full_name="Q", email="qm@example.test", by=journal.SYSTEM)
    accounts.grant(user=manager, role="quality_manager", site=mes.site, by=journal.SYSTEM)
    actions.configure(
        interface=mes, purpose="", owner=people["integration"], sync_every=300, silent_after=900, by=people["integration"],
        reason="who is told", register={"escalate_after": 600},
    )  # fmt: skip
    expect(mes, in_plant_hours=False, every=60)
    start = now() + HOUR
    assert [silence.watch_flows(at=start + n * 600 * dt.timedelta(seconds=1)) for n in range(6)] == [1, 1, 1, 1, 0, 0]
    payloads = [e.payload for e in Entry.objects.filter(event__in=("flow.silent", "flow.escalated")).order_by("id")]
    assert [next(r for r in silence.LADDER if f'"rung":"{r}"' in p) for p in payloads] == list(silence.LADDER)
    rules.take(list(Entry.objects.filter(event__in=("flow.silent", "flow.escalated")).order_by("id")))
    assert Notification.objects.filter(user=manager, kind="silence", event="flow.escalated").exists()
    with override_settings(EMAIL_HOST="mail.example"):
        assert digest.send_alarms() and "qm@example.test" in [mail.to[0] for mail in mailoutbox]


def test_what_waits_to_go_out_is_a_silence_too(mes, people):
    flow = expect(mes, object="postings", direction="out", every=600, in_plant_hours=False)
    record = Factory().report()
    Factory().hold(record, posted=False)
    assert silence.watch_flows(at=now() + HOUR) == 0
    delivery, _made = Delivery.objects.get_or_create(
        posting=Posting.objects.of(record).get(), defaults={"interface": mes, "aggregate": record.number}
    )
    Delivery.objects.filter(pk=delivery.pk).update(interface=mes)
    assert silence.watch_flows(at=now() + HOUR) == 1 and FlowState.objects.get(flow=flow).silent_since


def test_learning_waits_for_enough_and_says_what_from(mes, shifts):
    flow = expect(mes, every=None)
    end = MONDAY + 21 * 24 * HOUR
    assert silence.watch_flows(at=end) == 0, "off until it has learned"
    with pytest.raises(Conflict, match="not enough"):
        silence.learn(flow=flow, by=person("integration"), at=end)
    hear(mes, *working(shifts, MONDAY, end, 30 * MINUTE))
    learned = silence.learn(flow=flow, by=person("integration"), at=end)
    assert learned.learned["gap"] == 1800 and learned.learned_every == 3600 and learned.learned["gaps"] > 200
    assert silence.watch_flows(at=end + 4 * HOUR) == 0
    assert silence.watch_flows(at=end + 10 * HOUR) == 1, "Monday's first shift has begun and nothing came"


@pytest.mark.parametrize("name", silence.DAEMONS)
def test_each_process_that_stops_is_told_within_two_periods_and_its_grace(people, name):
    others = tuple(n for n in silence.DAEMONS if n != name)
    with connection.cursor() as cursor:
        for each in silence.DAEMONS:
            cursor.execute(
                "INSERT INTO journal_heartbeat (name, beat_at) VALUES (%s, clock_timestamp())"
                " ON CONFLICT (name) DO UPDATE SET beat_at = clock_timestamp()", [each],
            )  # fmt: skip
    stopped = now()
    assert silence.watch_daemons(tuple(silence.DAEMONS), at=stopped) == 0
    period, grace = silence.DAEMONS[name]
    limit = stopped + dt.timedelta(seconds=2 * period + grace)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_heartbeat SET beat_at = %s WHERE name = ANY(%s)", [limit, list(others)])
    assert silence.watch_daemons(tuple(silence.DAEMONS), at=limit) == 1
    assert silence.silent_daemons() == [name] and told("daemon.silent")
    assert Notification.objects.filter(user=people["integration"], kind="silence", event="daemon.silent").exists()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_heartbeat SET beat_at = %s WHERE name = %s", [limit, name])
    assert silence.watch_daemons((name,), at=limit) == 1 and not silence.silent_daemons()
    assert Daemon.objects.get(pk=name).silent_since is None


def test_the_outside_is_pinged_only_while_all_is_well(monkeypatch):
    with serve(as_json({})) as outside, override_settings(DEADMAN_URL=outside.base_url):
        monkeypatch.setitem(deadman._last, "at", float("-inf"))
        assert deadman.ping_due(all_well=False) is None and not outside.seen
        posted = deadman.ping_due(all_well=True)
        assert posted and posted.is_done and len(outside.seen) == 1
        assert deadman.ping_due(all_well=True) is None, "not every time it is asked"
    with override_settings(DEADMAN_URL=""):
        assert deadman.ping_due(all_well=True) is None


def test_pages(client, people, mes, shifts):
    client.force_login(people["integration"])
    where = f"/interfaces/{mes.code}/"
    sent = {
        "object": TYPE,
        "direction": "in",
        "every": "1800",
        "grace": "60",
        "in_plant_hours": "on",
        "reason": "agreed",
    }
    assert client.post(f"{where}expect", sent).status_code == 302
    page = client.get(f"{where}?tab=flows").content.decode()
    assert TYPE in page and "At least one in" in page
    flow = Flow.objects.get()
    assert client.post(f"{where}flows/{flow.pk}/learn", {}).status_code == 409
    assert client.post(f"{where}flows/{flow.pk}/forget", {"reason": "the line is gone"}).status_code == 302
    assert not Flow.objects.exists()
    client.force_login(people["admin"])
    url = f"/settings/sites/{mes.site.code}/calendar"
    assert "1,2,3,4,5 06:00-14:00" in client.get(url).content.decode()
    assert client.post(url, {"shifts": "nonsense", "days_off": "", "reason": "x"}).status_code == 422
