"""Downtime windows: what is sent waits in its order, silence is no alarm, what comes is taken; then a report is signed off."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from connectors import actions, queries, sync, tasks
from connectors.actions import downtime, reconciling, silence
from connectors.models import Delivery, Downtime, FlowState, InboxMessage, Interface, InterfaceState
from connectors.outbox import postings as outbox
from connectors.queries import banners, gaps
from connectors.reconcile import gap
from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, Lot
from tests.connectors.mes import Mes, event, mes, mes_interface
from tests.factories import signing
from tests.fakes import erp as fake

PROVES = ("11.10(a)", "G12")
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
WHY = "new release of the ERP"


@pytest.fixture
def plan(people):
    def make(interface: Interface, **told) -> Downtime:
        told = {"ends_at": now() + 4 * HOUR, "reason": WHY, "by": people["integration"], **told}
        return downtime.plan(interface=interface, **told)

    return make


@pytest.fixture
def end(people):
    return lambda window: downtime.end(downtime=window, by=people["integration"], reason="up again")


@pytest.fixture
def ask(interface, erp_fake, make, people):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("lots", fake.lot("7", "1"))
    sync.sync(interface=interface)
    lot = Lot.objects.get(source="erp", external_id="7")

    def request(quantity: str, of: Nonconformance | None = None) -> Posting:
        return commands.request_posting(
            record=of or make.report(), kind="HOLD", purpose="test:0", lot=lot, quantity=Decimal(quantity),
            by=people["engineer"],
        )  # fmt: skip

    return request


@pytest.fixture
def signed_in(people):
    def client(name: str) -> Client:
        made = Client()
        made.force_login(people[name])
        return made

    return client


def drained() -> int:
    count = 0
    while outbox.deliver_next():
        count += 1
    return count


def test_postings_wait_and_leave_in_their_order(ask, erp_fake, interface, plan, end):
    asked = [ask("1")]
    window = plan(interface)
    asked += [ask("2"), ask("3")]
    InterfaceState.objects.filter(pk=interface.pk).update(open_until=now() + HOUR, failures_in_row=5)
    Delivery.objects.filter(posting=asked[0]).update(next_at=now() + HOUR)  # it had failed before
    assert drained() == 0 and erp_fake.posted == [], "not tried at all"
    assert Delivery.objects.filter(tries=0, state="WAITING", problem="").count() == 3
    end(window)
    assert drained() == 3
    assert [intent.reference for intent in erp_fake.posted] == [posting.reference for posting in asked]


def test_a_window_to_come_or_over_holds_nothing(ask, interface, plan):
    ask("1")
    window = plan(interface, begins_at=now() + HOUR)
    assert drained() == 1
    ask("2")
    assert Downtime.objects.in_force(now() + 2 * HOUR).get() == window
    assert not Downtime.objects.in_force(now() + 5 * HOUR).exists()
    assert drained() == 1


def test_begins_and_ends_by_the_clock(interface, plan):
    window = plan(interface, begins_at=now() + HOUR)
    assert downtime.tend() == 0
    assert downtime.tend(at=now() + 2 * HOUR) == 1 and Downtime.objects.get(pk=window.pk).state == "ACTIVE"
    assert downtime.tend(at=now() + 2 * HOUR) == 0
    assert Entry.objects.filter(event="downtime.begun", object_key=str(window.pk)).count() == 1


def test_a_declared_window_lapses_and_asks_for_a_comparison(interface, plan):
    window = plan(interface, ends_at=now() + 2 * HOUR)
    assert window.state == "ACTIVE" and not window.is_planned
    rung = []
    assert downtime.tend(rung.append, at=now() + 3 * HOUR) == 1
    window.refresh_from_db()
    assert window.state == "ENDED" and window.ended_at and window.run.origin == "downtime" and rung == [window.run]
    reconciling.close(window.run, "")
    assert downtime.tend() == 1, "the report counts again when the comparison is there"
    window.refresh_from_db()
    assert window.report["reconciliation"]["finished"] and downtime.tend() == 0


def test_nothing_is_read_by_the_clock_meanwhile(interface, plan, end):
    actions.plan_sync(interface=interface)
    window, rung = plan(interface), []
    assert sync.claim_due(lambda *told: rung.append(told)) == 0
    end(window)
    assert sync.claim_due(lambda *told: rung.append(told)) == 1 and rung[0][0] == interface.pk


def test_silence_is_held_and_has_its_whole_time_afterwards(mes_interface, people, plan):
    start = now()
    InboxMessage.objects.create(
        interface=mes_interface, site=mes_interface.site, source="x", message_id="1", message_type="mes.defect.logged",
        body=b"{}", body_sha256="", received_at=start - MINUTE, state="APPLIED", applied_at=start - MINUTE,
    )  # fmt: skip
    told = {"every": 1800, "grace": 60, "in_plant_hours": False, "by": people["integration"], "reason": "agreed"}
    flow = silence.expect(interface=mes_interface, object="mes.defect.logged", direction="in", **told)
    window = plan(mes_interface, begins_at=start, ends_at=start + 4 * HOUR)
    for minutes in (40, 120, 239):
        at = start + minutes * MINUTE
        assert (silence.watch_flows(at=at), silence.watch(at=at)) == (0, 0)
    assert silence.watch_flows(at=window.ends_at + 20 * MINUTE) == 0, "counted from the end on"
    assert silence.watch_flows(at=window.ends_at + 40 * MINUTE) == 1
    assert FlowState.objects.get(flow=flow).silent_since


def test_what_was_never_heard_has_its_time_after_a_downtime(interface, plan):
    start = now()
    window = plan(interface, begins_at=start)
    assert silence.watch(at=start + HOUR) == 0
    assert silence.watch(at=window.ends_at + MINUTE) == 0
    assert silence.watch(at=window.ends_at + dt.timedelta(seconds=interface.silent_after) + MINUTE) == 1
    assert InterfaceState.objects.get(pk=interface.pk).silent_since


def test_an_alarm_from_before_is_not_ended_by_a_downtime(mes_interface, people, plan):
    start = now()
    told = {"every": 600, "grace": 0, "in_plant_hours": False, "by": people["integration"], "reason": "agreed"}
    flow = silence.expect(interface=mes_interface, object="mes.defect.logged", direction="in", **told)
    assert silence.watch_flows(at=start + HOUR) == 1
    window = plan(mes_interface, begins_at=start + 2 * HOUR)
    assert silence.watch_flows(at=start + 3 * HOUR) == 0, "nobody more is told meanwhile"
    assert silence.watch_flows(at=window.ends_at + MINUTE) == 1
    assert FlowState.objects.get(flow=flow).silent_since and not Entry.objects.filter(event="flow.heard").exists()


def test_what_it_sends_is_taken(mes: Mes, mes_interface, plan):
    plan(mes_interface)
    assert mes.post(event()).status_code == 201 and Nonconformance.objects.count() == 1


def test_pages_say_so(interface, plan, signed_in, monkeypatch):
    window = plan(interface, begins_at=now() + MINUTE, ends_at=now() + HOUR)
    monkeypatch.setattr("connectors.models.downtime.now", lambda: now() + 2 * MINUTE)
    row = Interface.objects.heard().select_related("state").get(pk=interface.pk)
    assert "planned downtime until" in banners.trouble(row)
    card = queries.card(interface)
    assert card.health.code == "downtime" and card.downtime == window
    with translation.override("zh-hans"):
        assert "计划停机" in str(queries.card(interface).health.label)
    client = signed_in("integration")
    page = client.get(reverse("connectors:interface", args=[interface.code]) + "?tab=flows").content.decode()
    assert window.number in page and "Alarms are held" in page
    outages = client.get(reverse("connectors:interface", args=[interface.code]) + "?tab=outages").content.decode()
    assert WHY in outages
    monkeypatch.undo()
    assert queries.card(interface).downtime is None


def test_planned_on_the_page(interface, signed_in, people):
    client, url = signed_in("integration"), reverse("connectors:downtime-create", args=[interface.code])
    assert client.get(url).status_code == 200
    later = now() + dt.timedelta(days=2)  # in whatever zone
    sent = {"begins_at": "", "ends_at": f"{later:%Y-%m-%dT%H:%M}", "reason": WHY, "owner": people["integration"].pk}
    sent["_key"] = str(uuid7())
    answer = client.post(url, sent)
    window = Downtime.objects.get()
    assert answer.status_code == 302 and window.state == "ACTIVE" and window.owner == people["integration"]
    assert client.post(url, {**sent, "ends_at": "2020-01-01T00:00", "_key": ""}).status_code == 422
    assert client.post(url, sent).status_code == 302, "the same form again is the same window"
    assert Downtime.objects.count() == 1


def test_times_that_make_no_sense(interface, plan, people):
    for told, field in (
        ({"ends_at": now() - HOUR}, "ends_at"),
        ({"begins_at": now() - 25 * HOUR}, "begins_at"),
        ({"begins_at": now() + 2 * HOUR, "ends_at": now() + HOUR}, "ends_at"),
        ({"ends_at": now() + dt.timedelta(days=30)}, "ends_at"),
        ({"owner": people["operator"]}, "owner"),
    ):
        with pytest.raises(Invalid) as refused:
            plan(interface, **told)
        assert refused.value.field == field and refused.value.hint
    with pytest.raises(Forbidden):
        plan(interface, by=people["engineer"])
    assert not Downtime.objects.exists()


def test_windows_do_not_overlap(interface, mes_interface, plan, people):
    plan(interface)
    with pytest.raises(Conflict, match="covers a part"):
        plan(interface, begins_at=now() + HOUR)
    later = plan(interface, begins_at=now() + 5 * HOUR, ends_at=now() + 6 * HOUR)
    plan(mes_interface)
    held = Downtime.objects.get(interface=interface, state="ACTIVE")
    with pytest.raises(Conflict, match=later.number):
        downtime.extend(downtime=held, ends_at=now() + 8 * HOUR, by=people["integration"], reason="takes longer")


def test_extended_with_a_reason(interface, plan, people):
    window = plan(interface)
    later = window.ends_at + 2 * HOUR
    longer = downtime.extend(downtime=window, ends_at=later, by=people["integration"], reason="takes longer")
    assert (longer.ends_at, longer.planned_until) == (later, window.planned_until)
    assert Entry.objects.filter(event="downtime.extended", object_key=str(window.pk)).count() == 1
    with pytest.raises(Invalid):
        downtime.extend(downtime=longer, ends_at=now() - MINUTE, by=people["integration"], reason="over")


def test_the_report_tells_what_was_missed_and_buffered(mes: Mes, mes_interface, ask, interface, plan, end, people):
    told = {"grace": 0, "in_plant_hours": False, "by": people["integration"], "reason": "agreed"}
    silence.expect(interface=mes_interface, object="mes.defect.logged", direction="in", every=600, **told)
    window = plan(mes_interface)
    mes.post(event(defect_id="D-9", sequence=1))
    end(window)
    mes.post({**event(defect_id="D-9", sequence=4), "type": "mes.defect.updated"})
    counted = downtime.count(downtime=Downtime.objects.get(pk=window.pk), by=people["integration"])
    assert counted.report["jumps"] == [{"defect": "D-9", "after": 1, "next": 4}] and counted.run is None
    [row] = counted.report["expected"]
    assert (row["object"], row["came"]) == ("mes.defect.logged", 1)
    other = plan(interface)
    posting = ask("2")
    over = end(other)
    assert over.report["left"] == 1 and over.report["buffered"][0]["reference"] == posting.reference
    drained()
    reconciling.close(over.run, "")
    assert downtime.tend() == 1
    over.refresh_from_db()
    [line] = over.report["buffered"]
    assert line["sent"] and line["document"] and not over.report["left"]
    written = gaps.as_csv(over)
    assert posting.reference in written and line["document"] in written and written.startswith("\ufeff")


def test_what_the_report_does_not_list_is_counted_and_waits_too(ask, interface, plan, end, monkeypatch, signed_in):
    monkeypatch.setattr(gap, "MOST_LINES", 1)
    window = plan(interface)
    ask("2")
    ask("3")
    over = end(window)
    assert len(over.report["buffered"]) == 1 and over.report["left_out"] == {"buffered": 1} and over.report["left"] == 2
    assert gaps.counted(over.report)["buffered"] == 2 and "1 more are counted" in gaps.as_csv(over)
    assert "Counted and not listed" in signed_in("integration").get(over.get_absolute_url()).content.decode()


def test_signed_when_everything_is_settled(ask, interface, plan, end, people, signed_in):
    window = plan(interface)
    ask("2")
    over, owner = end(window), people["integration"]

    def sign():
        return downtime.sign(downtime=Downtime.objects.get(pk=over.pk), by=owner, signing=signing(owner))

    with pytest.raises(Conflict, match="has not come to its end"):
        sign()
    reconciling.close(over.run, "")
    with pytest.raises(Conflict, match="still wait to leave"):
        sign()
    drained()
    with pytest.raises(Conflict, match="count again"):
        sign()
    downtime.count(downtime=Downtime.objects.get(pk=over.pk), by=owner)
    assert sign().state == "SIGNED"
    client = signed_in("integration")
    page = client.get(over.get_absolute_url())
    assert page.status_code == 200 and "Buffered" in page.content.decode()
    sheet = client.get(reverse("connectors:downtime-report", args=[over.number]))
    assert sheet["Content-Type"].startswith("text/csv") and "buffered" in sheet.content.decode()
    assert signed_in("operator").get(reverse("connectors:downtime-report", args=[over.number])).status_code == 404


def test_missing_is_what_the_plan_asks_for_and_did_not_come(mes_interface, plan, people, end):
    told = {"grace": 0, "in_plant_hours": False, "by": people["integration"], "reason": "agreed"}
    silence.expect(interface=mes_interface, object="mes.defect.logged", direction="in", every=600, **told)
    window = plan(mes_interface)
    window.ended_at = window.begins_at + HOUR
    happened = [window.begins_at + minutes * MINUTE for minutes in (5, 30)]
    received = [happened[0], window.begins_at + 2 * HOUR]  # the second came when the MES was up again
    InboxMessage.objects.bulk_create(
        InboxMessage(
            interface=mes_interface, site=mes_interface.site, source="x", message_id=f"{n}",
            message_type="mes.defect.logged", body=f'{{"time": "{happened[n].isoformat()}"}}'.encode(), body_sha256="",
            received_at=at, state="APPLIED", applied_at=at,
        )
        for n, at in enumerate(received)
    )  # fmt: skip
    [row] = downtime.gap.content(window)["expected"]
    assert (row["expected"], row["came"], row["late"], row["missing"]) == (6, 1, 1, 4)


def test_the_sweep_tends_windows(interface, plan, monkeypatch):
    plan(interface, begins_at=now() + HOUR)
    monkeypatch.setattr(tasks, "ring_reconcile", lambda run, user_id=None: None)
    monkeypatch.setattr(downtime, "now", lambda: now() + 2 * HOUR)
    tasks.sweep_inbox()
    assert Downtime.objects.get().state == "ACTIVE"


def test_provisional_lots_of_the_window_stand_in_the_report(interface, erp_fake, ask, plan, end, people, make):
    """Named while the ERP was away: one comes with the next reading, one never does."""
    window = plan(interface)
    item, code = Item.objects.get(source="erp", external_id="1"), DefectCode.objects.get(code="DIM-OUT")
    told = {"by": people["operator"], "part": item, "quantity": Decimal(1), "defect_code": code}
    known = fake.lot("8", "1")
    first, second = (
        ncr.report(lot_number=name, site_id=interface.site_id, **told) for name in (known.number, "NOBODY-KNOWS")
    )
    over = end(window)
    assert [(row["record"], row["lot"]) for row in over.report["provisional"]] == [
        (first.number, ""),
        (second.number, ""),
    ]
    erp_fake.put("lots", known)
    sync.sync(interface=interface)
    assert ncr.match_known() == 1
    counted = downtime.count(downtime=Downtime.objects.get(pk=over.pk), by=people["integration"])
    assert [(row["name"], row["lot"]) for row in counted.report["provisional"]] == [
        (known.number, known.number), ("NOBODY-KNOWS", ""),
    ]  # fmt: skip
    assert "NOBODY-KNOWS" in gaps.as_csv(counted)
