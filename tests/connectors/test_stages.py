"""Flows off, observed, in shadow and live: what is taken, kept, computed, written; and the signed decision to go live."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from connectors import actions, events, inbox, sync
from connectors.actions import golive, interfaces
from connectors.messages import DocumentFound
from connectors.models import (
    Delivery,
    FlowStage,
    GoLive,
    InboxMessage,
    Quarantined,
    ReconcileRun,
    Shadow,
    Stage,
    SyncRun,
)
from connectors.outbox import postings as outbox
from connectors.reconcile import foreseen
from connectors.sync import push
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import Site
from qms.commands import actions as commands
from qms.commands.models import Command
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, NotNow
from qms.lib.quantity import show
from qms.masterdata.models import Item, Lot
from tests.connectors.mes import Mes, event, mes, mes_interface
from tests.databases import direct
from tests.factories import signing
from tests.fakes import erp as fake

PROVES = ("11.10(a)", "11.10(f)")
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
DEFECT, WHY = "mes.defect.logged", "go-live of the second cell"


@pytest.fixture
def stage(people):
    def put(interface, stage, object=DEFECT, direction="in", site=None):
        return actions.set_stage(
            interface=interface, direction=direction, object=object, stage=stage, site=site,
            by=people["integration"], reason=WHY,
        )  # fmt: skip

    return put


@pytest.fixture
def decide(people):
    """Prepared by the integration owner, signed by the quality manager."""

    def live(interface, object=DEFECT, direction="in", **told):
        told = {"since": now() - dt.timedelta(hours=1), "note": "seen for a week", **told}
        made = golive.prepare(interface=interface, direction=direction, object=object, by=people["integration"], **told)
        manager = people["manager"]
        return made, lambda: golive.approve(golive=made, by=manager, signing=signing(manager))

    return live


def test_off_takes_nothing_and_says_so(mes: Mes, mes_interface, stage):
    stage(mes_interface, "off")
    answer = mes.post(event())
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert (
        "not taken" in answer.json()["title"] + answer.json().get("detail", "") and answer.json()["code"] == "flow_off"
    )
    both = mes.client.post(
        "/api/v1/mes/events/batch", json.dumps([event(), {**event(), "type": "mes.tool.changed"}]),
        content_type="application/cloudevents-batch+json", headers={"Authorization": f"Bearer {mes.token}"},
    ).json()  # fmt: skip
    assert [item["status"] for item in both] == ["rejected", "parked"] and both[0]["code"] == "flow_off"
    assert InboxMessage.objects.count() == 1 and not Quarantined.objects.exists(), "only the flow that is not off"
    assert not Nonconformance.objects.exists()


def test_observe_keeps_and_does_not_look(mes: Mes, mes_interface, stage):
    stage(mes_interface, "observe")
    answer = mes.post(event(part="NOBODY-KNOWS"))
    assert (answer.status_code, answer.json()["status"]) == (202, "parked") and "observed" in answer.json()["problem"]
    row = InboxMessage.objects.get()
    assert row.state == "OBSERVED" and not row.causes.exists() and not Shadow.objects.exists()
    assert inbox.retry_waiting() == 0 and inbox.sweep(older_than=dt.timedelta()) == 0
    assert mes.post(json.loads(bytes(row.body))).status_code == 202, "the same id again is no second message"


def test_shadow_computes_and_writes_nothing(mes: Mes, mes_interface, stage):
    stage(mes_interface, "shadow")
    sent = event(defect_id="D-1")
    assert mes.post(sent).status_code == 202
    mes.post(event(part="NOBODY-KNOWS"))
    mes.post({**event(defect_id="D-1", note="larger"), "type": "mes.defect.updated"})
    assert not Nonconformance.objects.exists()
    first, second = Shadow.objects.order_by("pk")
    assert first.verdict == "create" and first.facts["part"] == "RM-TI64-B25" and first.facts["quantity"] == "5"
    assert second.verdict == "wait" and "NOBODY-KNOWS" in second.problem
    assert InboxMessage.objects.filter(state="SHADOWED").count() == 2
    stage(mes_interface, "shadow", "mes.defect.updated")
    mes.post({**event(defect_id="D-1", note="larger"), "type": "mes.defect.updated"})
    assert Shadow.objects.get(object="mes.defect.updated").facts["follows"], "of a defect that is a shadow itself"
    assert inbox.sweep(older_than=dt.timedelta()) == 0 and not Nonconformance.objects.exists()


def test_a_batch_and_a_site_go_by_their_own_stage(mes: Mes, mes_interface, stage):
    stage(mes_interface, "shadow", site=Site.objects.get(code="SUZ"))
    assert mes.post(event()).status_code == 201, "the stage of another site says nothing here"
    stage(mes_interface, "shadow", site=Site.objects.get(code="AUG"))
    told = mes.client.post(
        "/api/v1/mes/events/batch", json.dumps([event(), event()]),
        content_type="application/cloudevents-batch+json", headers={"Authorization": f"Bearer {mes.token}"},
    ).json()  # fmt: skip
    assert [item["status"] for item in told] == ["parked", "parked"]
    assert Shadow.objects.filter(verdict="create").count() == 2 and Nonconformance.objects.count() == 1


def test_go_live_on_a_comparison_that_another_person_signs(mes: Mes, mes_interface, stage, make, people, decide):
    stage(mes_interface, "shadow")
    by_hand = make.report()
    same, other = event(), event(lot="", order="")
    same["time"] = other["time"] = now().isoformat()
    same["data"] |= {
        "part": by_hand.part_number, "lot": by_hand.lot_number, "nc_code": by_hand.defect_code.code,
        "quantity": {"affected": 7, "unit": by_hand.unit},
    }  # fmt: skip
    mes.post(same)
    mes.post(other)
    made, sign = decide(mes_interface, kept="apply", kept_since=now() - dt.timedelta(hours=1))
    assert made.counts == {"seen": 2, "differs": 1, "missing_there": 1}
    line = made.lines[0]
    assert (line["kind"], line["theirs"]) == ("differs", by_hand.number)
    assert ["quantity", "7", show(by_hand.affected_quantity)] in line["fields"]
    owner = people["integration"]
    with pytest.raises(Forbidden):
        golive.approve(golive=made, by=owner, signing=signing(owner))
    with pytest.raises(Forbidden):
        golive.approve(golive=made, by=people["engineer"], signing=signing(people["engineer"]))
    assert sign().state == "LIVE" and FlowStage.objects.get().stage == "live"
    assert inbox.sweep() == 1, "what was entered by hand is not made again"
    assert InboxMessage.objects.get(message_id=same["id"]).record_number == by_hand.number
    assert Nonconformance.objects.count() == 2 and mes.post(event()).status_code == 201
    stage(mes_interface, "shadow")
    assert mes.post(event()).status_code == 202, "and back at any time"


def test_a_comparison_of_many_counts_all_and_says_what_it_does_not_keep(
    mes: Mes, mes_interface, stage, make, people, decide, client, monkeypatch
):
    monkeypatch.setattr(foreseen, "MOST", 1)
    stage(mes_interface, "shadow")
    for number in range(2):
        by_hand, sent = make.report(quantity=Decimal(number + 2)), event()
        sent["time"] = now().isoformat()
        sent["data"] |= {
            "part": by_hand.part_number, "lot": by_hand.lot_number, "nc_code": by_hand.defect_code.code,
            "quantity": {"affected": number + 2, "unit": by_hand.unit},
        }  # fmt: skip
        mes.post(sent)
    for _more in range(3):
        mes.post(event(lot="", order=""))
    made, _sign = decide(mes_interface)
    assert {**made.counts, "matched": 0, "differs": 0} == {
        "seen": 5, "missing_there": 3, "left_out": 2, "matched": 0, "differs": 0,
    }  # fmt: skip
    assert made.counts.get("matched", 0) + made.counts.get("differs", 0) == 2, "the second one by hand is no difference"
    assert len(made.lines) == 3
    client.force_login(people["integration"])
    assert "2 lines without a counterpart" in client.get(made.get_absolute_url()).content.decode()


def test_no_way_around_the_decision(mes_interface, people, stage, decide):
    owner = people["integration"]
    told = {"interface": mes_interface, "direction": "in", "object": DEFECT, "by": owner}
    with pytest.raises(Invalid, match="signed decision"):
        actions.set_stage(**told, stage="live", reason=WHY)
    with pytest.raises(Invalid):
        actions.set_stage(**told, stage="shadow", reason="")
    with pytest.raises(Invalid, match="no flow"):
        actions.set_stage(**{**told, "object": "items"}, stage="shadow", reason=WHY)
    with pytest.raises(Forbidden):
        actions.set_stage(**{**told, "by": people["operator"]}, stage="shadow", reason=WHY)
    with pytest.raises(Conflict, match="live already"):
        decide(mes_interface)
    stage(mes_interface, "shadow")
    with pytest.raises(Conflict, match="at this stage"):
        stage(mes_interface, "shadow")
    _made, sign = decide(mes_interface)
    with pytest.raises(Conflict, match="Nothing was compared"):
        sign()
    actions.begin_in(interface=mes_interface, stage="shadow", by=owner, reason=WHY)
    with pytest.raises(Invalid):
        actions.begin_in(interface=mes_interface, stage="live", by=owner, reason=WHY)


# --- an ERP that is read -----------------------------------------------------------------------------------------------


def test_an_object_in_shadow_is_compared_and_not_written(interface, erp_fake, people, stage, decide):
    stage(interface, "shadow", "items")
    stage(interface, "observe", "suppliers")
    stage(interface, "off", "lots")
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"), fake.item("2"))
    erp_fake.put("lots", fake.lot("7", "1"))
    reading = sync.sync(interface=interface)
    assert not Item.objects.filter(source="erp").exists() and not Lot.objects.filter(source="erp").exists()
    assert "items" in reading.run.note or "items" in SyncRun.objects.get(pk=reading.run.pk).note
    trial = SyncRun.objects.get(is_trial=True)
    assert trial.lines.filter(object="items").count() in (0, 2) and trial.created == 2 and "suppliers" in trial.note
    ReconcileRun.objects.create(
        interface=interface, origin="asked", started_at=now(), finished_at=now(), compared=2,
        counts=[{"object": "items", "here": 0, "there": 2, "found": 2}],
    )  # fmt: skip
    made, sign = decide(interface, "items")
    assert made.counts["seen"] == 2 and made.counts["readings"] == 1
    sign()
    sync.sync(interface=interface)
    assert Item.objects.filter(source="erp").count() == 2, "the first live reading begins where the mirror stands"


def test_a_pushed_batch_by_its_stage(people, db, stage):
    made, _changed = interfaces.connect(
        code="push-erp", name="ERP", kind="erp", adapter="push", base_url="", settings={}, secrets={},
        site=Site.objects.get(code="AUG"), mode="live", by=people["integration"],
    )  # fmt: skip
    body = json.dumps([{"external_id": "u9", "number": "zz", "name": "zz"}]).encode()

    def send():
        return push.receive(interface=made, object="units", body=body, headers={}, by=people["integration"])

    stage(made, "off", "units")
    with pytest.raises(NotNow, match="switched off"):
        send()
    assert not InboxMessage.objects.exists()
    stage(made, "observe", "units")
    assert send().status == "observed" and InboxMessage.objects.get().state == "OBSERVED"
    stage(made, "shadow", "units")
    assert send().status == "observed"
    shadow = Shadow.objects.get()
    assert shadow.facts["counts"] == {"created": 1} or shadow.facts["counts"] == {"rejected": 1}, shadow.facts
    assert push.sweep() == 0


# --- outward -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(interface, erp_fake, make, people):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("lots", fake.lot("7", "1"))
    sync.sync(interface=interface)
    lot = Lot.objects.get(source="erp", external_id="7")

    def request(quantity: str = "4"):
        return commands.request_posting(
            record=make.report(),
            kind="HOLD",
            purpose="test:0",
            lot=lot,
            quantity=Decimal(quantity),
            by=people["engineer"],
        )

    return request


def test_postings_in_shadow_are_computed_and_not_sent(ask, interface, erp_fake, stage, decide, client, people):
    before = ask("1")
    stage(interface, "shadow", "postings", "out")
    kept = ask("4")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"SHADOW"}
    assert not outbox.deliver_next() and not erp_fake.posted
    shown = Shadow.objects.get(reference=kept.reference)
    assert (shown.verdict, shown.facts["quantity"], shown.facts["lot_id"]) == ("send", "4", "7")
    assert Shadow.objects.filter(reference=before.reference).exists(), "what waited when it went back is kept as well"
    client.force_login(people["engineer"])
    page = client.get(Nonconformance.objects.get(number=kept.record_number).get_absolute_url()).content.decode()
    assert "computed and not sent" in page
    there = DocumentFound(
        reference=before.reference, number="IS-9", external_id="9", state="done", is_done=True, item_id="1", lot_id="7",
        quantity=Decimal(1),
    )  # fmt: skip
    foreseen.keep_found("erp", {before.reference: [there]}, now())
    made, sign = decide(interface, "postings", "out", kept="apply", kept_since=now() - dt.timedelta(hours=1))
    assert made.counts == {"seen": 2, "matched": 1, "missing_there": 1}
    sign()
    assert outbox.deliver_next() and not outbox.deliver_next()
    assert [intent.reference for intent in erp_fake.posted] == [kept.reference], (
        "what was booked by hand is not sent again"
    )


def test_a_hold_is_not_asked_of_a_mes_in_shadow(mes_interface, stage, make, people):
    interfaces.configure(
        interface=mes_interface, purpose="", owner=people["integration"], sync_every=60, silent_after=900,
        takes=["hold", "release"], by=people["integration"], reason=WHY,
    )  # fmt: skip
    stage(mes_interface, "shadow", "commands", "out")
    hold = make.hold(make.report(), posted=False)
    assert not Command.objects.exists()
    told = Shadow.objects.get(object="commands")
    assert told.subject == hold.ncr.number and told.facts["kind"] == "hold"


def test_pages_of_stages_and_decisions(mes: Mes, mes_interface, owner, people, client, stage):
    page = reverse("connectors:interface", args=["mes-aug"])
    assert owner.post(reverse("connectors:stage", args=["mes-aug"]), {
        "flow": f"in:{DEFECT}", "stage": "shadow", "reason": WHY, "site": ""}).status_code == 302  # fmt: skip
    mes.post(event())
    text = owner.get(f"{page}?tab=stages").content.decode()
    assert "Shadow" in text and DEFECT in text
    answer = owner.post(reverse("connectors:golive-create", args=["mes-aug"]), {
        "flow": f"in:{DEFECT}", "since": "2026-01-01T00:00", "note": "as by hand", "kept": "leave", "scope": ""})  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    told = owner.get(answer["Location"]).content.decode()
    assert "Only the flow would have it" in told
    number = GoLive.objects.get().number
    sheet = owner.get(reverse("connectors:golive-lines", args=[number]))
    assert sheet["Content-Type"].startswith("text/csv") and '"missing_there"' in sheet.content.decode()
    with translation.override("zh-hans"):
        assert str(Stage.SHADOW.label) == "影子"
    client.force_login(people["operator"])
    assert client.get(answer["Location"]).status_code in (403, 404)
    assert client.get(reverse("connectors:golive-lines", args=[number])).status_code in (403, 404)


def test_new_connections_begin_where_the_setting_says(people, settings):
    settings.FIRST_STAGE = "shadow"
    told = {"name": "Second ERP", "kind": "erp", "adapter": "push", "base_url": "", "secrets": {}, "mode": "live"}
    site = Site.objects.get(code="AUG")
    made, _changed = actions.connect(code="erp-new", settings={}, site=site, by=people["integration"], **told)
    assert made.first_stage == "shadow" and actions.stages.stage_of(made, "in", "items") == "shadow"
    settings.FIRST_STAGE = "live"
    again, _changed = actions.connect(code="erp-new", settings={"a": 1}, site=site, by=people["integration"], **told)
    assert again.first_stage == "shadow", "what stands is not changed by a setting"


def test_a_stage_waits_for_postings_that_are_being_asked_and_they_for_it(ask, interface, stage):
    """Seen from another session: while a posting is asked nobody changes the stage, and the other way round."""
    name = f"stage:{interface.pk}"
    alone = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    shared = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 0))"
    with direct("app") as other:
        assert other.execute(alone, [name]).fetchone() == (True,)
        ask()
        assert other.execute(alone, [name]).fetchone() == (False,), "a posting is on its way to be there"
        assert other.execute(shared, [name]).fetchone() == (True,), "others may ask at the same time"
        stage(interface, "shadow", "postings", "out")
        assert other.execute(shared, [name]).fetchone() == (False,), "whoever asks now waits and sees the new stage"


def test_going_live_waits_as_well(interface, people):
    with direct("app") as other:
        with journal.act(events.STAGED, by=people["integration"], reason=WHY) as act:
            act.record(interface, actions.stages.told(actions.stages.go_live(interface, "out", "postings", None)))
        free = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 0))"
        assert other.execute(free, [f"stage:{interface.pk}"]).fetchone() == (False,)
