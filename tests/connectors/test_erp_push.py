"""An ERP that pushes: every object by reflection, what is refused and why, nothing half applied, nothing lost."""

import json
from decimal import Decimal

import pytest

from connectors.models import InboxMessage, Interface, Mode, SyncLine, SyncRun
from connectors.sync import members, push
from qms.journal.models import Entry
from qms.masterdata.models import Freshness, Item, Lot, MirrorVersion, PurchaseOrder, PurchaseOrderLine
from qms.masterdata.specs import SPECS
from tests.connectors.erp_push import AT, ErpPush, at, erp_push, member, token

__all__ = ["erp_push"]
pytestmark = pytest.mark.django_db
OBJECTS = members.pushable()


def problem(answer) -> str:
    [result] = [r for r in answer.json()["results"] if r["status"] == "rejected"]
    return result["problem"]


@pytest.mark.parametrize("object", OBJECTS)
def test_every_object_is_taken_with_all_its_fields_and_lines(erp_push, object):
    sent = member(object, "A")
    assert erp_push.put(object, sent) == ["created"]
    made = members.shape(object)
    row = made.spec.model.objects.get(source="middleware", external_id="A")
    assert row.changed_at == AT and row.number == "N-A"
    for name, _model in made.spec.parents:
        assert getattr(row, f"{name}_ref") == sent[f"{name}_id"]
    for _name, line in made.lines:
        part = line.spec.model.objects.get(source="middleware", external_id="A/1")
        assert getattr(part, line.spec.owner) == row
    assert erp_push.put(object, sent) == ["unchanged"]
    assert erp_push.put(object, {**sent, "changed_at": at(1), "note": "one more"}) == ["updated"]
    assert erp_push.put(object, {**sent, "changed_at": at(-1), "note": "too late"}) == ["stale"]
    run = SyncRun.objects.filter(message__message_type=f"erp.{object}.batch").latest("pk")
    assert (run.created, run.updated) == (0, 0) and run.lines.get(object=object).outcome == "stale"


@pytest.mark.parametrize("object", OBJECTS)
def test_no_body_makes_an_error_of_ours(erp_push, object):
    bodies = [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        json.dumps([None, 1, "x", [], {}, {"external_id": ""}, {"external_id": {"a": 1}}]).encode(),
        json.dumps([{**{name: [] for name in member(object)}, "external_id": "A"}]).encode(),
        json.dumps([{**dict.fromkeys(member(object), "x" * 500), "external_id": "A"}]).encode(),
        json.dumps([{**dict.fromkeys(member(object), -1e30), "external_id": "A"}]).encode(),
        json.dumps([{**dict.fromkeys(member(object), True), "external_id": True}]).encode(),
        b'[{"external_id": "A", "changed_at": "2026-01-01T00:00:00Z", "external_id": "B"}]',
    ]
    kept = InboxMessage.objects.count()
    for body in bodies:
        answer = erp_push.post(f"{object}/batch", body)
        assert answer.status_code in (200, 400, 422), answer.content
        if answer.status_code == 200:
            assert {r["status"] for r in answer.json()["results"]} == {"rejected"}
            assert all(r["problem"] for r in answer.json()["results"])
    assert InboxMessage.objects.count() == kept + len(bodies), "each was kept before it was read"
    assert not SPECS[object].model.objects.filter(source="middleware").exclude(external_id="u").exists()


def test_one_bad_member_never_fails_the_others(erp_push):
    answer = erp_push.batch(
        "items",
        member("items", "1"),
        {**member("items", "2"), "unit_id": "furlong"},
        {**member("items", "3"), "changed_at": "2026-05-04T08:15:00"},
        member("items", "4"),
    )
    told = answer.json()
    assert [r["status"] for r in told["results"]] == ["created", "rejected", "rejected", "created"]
    assert "furlong" in told["results"][1]["problem"] and "offset" in told["results"][2]["problem"]
    assert [r["index"] for r in told["results"]] == [0, 1, 2, 3]
    run = SyncRun.objects.get(uid=told["run"])
    assert (run.created, run.failed, run.message.state) == (2, 2, "APPLIED")
    assert run.message.problem and run.finished_at
    assert set(SyncLine.objects.filter(run=run, outcome="failed").values_list("external_id", flat=True)) == {"2", "3"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"quantity": "-1"}, "negative"),
        ({"quantity": "1,5"}, "number"),
        ({"quantity": 0.1234567}, "six decimals"),
        ({"quantity": True}, "number"),
        ({"planned_date": "04.05.2026"}, "date"),
        ({"number": "x" * 200}, "120"),
        ({"unit_id": "dozen"}, "unit"),
        ({"unit_id": None, "unit": "nowhere"}, "not known"),
        ({"operations": "none"}, "list"),
        ({"operations": [{"external_id": "1", "sequence": "first"}]}, "whole number"),
        ({"site": "MOON"}, "MOON"),
    ],
)
def test_what_is_refused_says_why(erp_push, change, word):
    answer = erp_push.batch("production-orders", {**member("production-orders"), **change})
    assert word in problem(answer)
    assert not SPECS["production-orders"].model.objects.filter(source="middleware").exists()


def test_a_parent_may_be_named_by_its_number_or_come_later(erp_push):
    erp_push.put("lots", member("lots", "L", item_id="I"))
    assert Lot.objects.get(source="middleware").item is None
    erp_push.put("items", member("items", "I", unit_id=None, unit="pcs"))
    assert Lot.objects.get(source="middleware").item.unit.number == "pcs"
    assert erp_push.put("lots", {**member("lots", "M"), "item_id": "", "item": "N-I"}) == ["created"]
    assert Lot.objects.get(external_id="M", source="middleware").item.external_id == "I"


def test_a_document_with_a_line_that_cannot_be_kept_changes_nothing(erp_push, monkeypatch):
    order = member("purchase-orders", "P")
    order["lines"] += [{**order["lines"][0], "external_id": "P/2"}]
    erp_push.put("purchase-orders", order)
    later = {**order, "changed_at": at(1), "state": "done", "lines": [{**order["lines"][0], "quantity": "9"}, {}]}
    assert "external_id" in problem(erp_push.batch("purchase-orders", later))
    held = PurchaseOrder.objects.get(source="middleware")
    assert held.state_text != "done" and held.lines.live().count() == 2


def test_a_line_that_only_the_database_refuses_takes_its_document_along(erp_push, monkeypatch):
    read = members.READERS["integer"]
    monkeypatch.setitem(members.READERS, "integer", lambda field, given: 2**40 if given == 7 else read(field, given))
    good, bad = member("production-orders", "G"), member("production-orders", "B")
    bad["operations"][0]["sequence"] = 7
    answer = erp_push.batch("production-orders", good, bad)
    assert [r["status"] for r in answer.json()["results"]] == ["created", "rejected"], answer.json()
    model = SPECS["production-orders"].model
    assert list(model.objects.filter(source="middleware").values_list("external_id", flat=True)) == ["G"]
    assert (SyncRun.objects.get(uid=answer.json()["run"]).failed, Interface.objects.count()) == (1, 1)


def test_lines_that_a_document_no_longer_lists_are_gone_and_those_of_others_stay(erp_push):
    erp_push.put("purchase-orders", member("purchase-orders", "P"), member("purchase-orders", "Q"))
    erp_push.put("purchase-orders", {**member("purchase-orders", "P", minutes=1), "lines": []})
    live = PurchaseOrderLine.objects.live().filter(source="middleware")
    assert list(live.values_list("external_id", flat=True)) == ["Q/1"]
    stolen = {**member("purchase-orders", "R"), "lines": member("purchase-orders", "Q")["lines"]}
    assert "Q/1" in problem(erp_push.batch("purchase-orders", stolen))


def test_lines_that_are_not_sent_at_all_stay(erp_push):
    erp_push.put("purchase-orders", member("purchase-orders", "P"))
    later = member("purchase-orders", "P", minutes=1, state="done")
    del later["lines"]
    assert erp_push.put("purchase-orders", later) == ["updated"]
    held = PurchaseOrder.objects.get(source="middleware")
    assert held.state_text == "done" and held.lines.live().count() == 1


def test_a_bill_that_contains_itself_is_refused(erp_push):
    def bill(key: str, item: str, part: str) -> dict:
        line = {"external_id": f"{key}/1", "item_id": part, "quantity": "1", "unit_id": "u"}
        return {"external_id": key, "changed_at": at(0), "item_id": item, "lines": [line]}

    erp_push.put("items", member("items", "A"), member("items", "B"))
    told = erp_push.batch("boms", bill("X", "A", "B"), bill("Y", "B", "A"), bill("Z", "B", "B")).json()["results"]
    assert [result["status"] for result in told] == ["created", "rejected", "rejected"], told
    assert "contains its own part" in told[1]["problem"]


def test_doubles_in_a_batch_the_newest_counts(erp_push):
    told = erp_push.put(
        "items", member("items", "1", minutes=5, name="new"), member("items", "1", name="old"), member("items", "2")
    )
    assert told == ["created", "stale", "created"]
    assert Item.objects.get(source="middleware", external_id="1").name == "new"


def test_a_lot_of_another_site_is_not_touched_and_not_named(erp_push):
    wide = ErpPush(token("middleware", "AUG", "SUZ"))
    assert wide.put("lots", member("lots", "L", site="SUZ")) == ["created"]
    assert Lot.objects.get(external_id="L", source="middleware").site.code == "SUZ"
    assert "site" in problem(erp_push.batch("lots", member("lots", "L", minutes=1)))
    assert "site" in problem(erp_push.batch("lots", member("lots", "M", site="SUZ")))
    receipt = member("receipts", "R")
    receipt["lines"][0]["lot_id"] = "L"
    assert "another site" in problem(erp_push.batch("receipts", receipt))


def test_who_may_push(erp_push, people):
    body = member("items", "1")
    for scopes in (("mes",), ("read",)):
        assert ErpPush(token("other", "AUG", scopes=scopes)).batch("items", body).status_code == 403
    assert ErpPush("qms_nonsense").batch("items", body).status_code == 401
    nameless = ErpPush(token("", "AUG")).batch("items", body)
    assert nameless.status_code == 403 and "source" in nameless.json()["hint"]
    away = ErpPush(token("middleware", "SUZ")).batch("items", body)
    assert away.status_code == 403, "the interface belongs to a site that this token does not open"
    assert not Item.objects.filter(source="middleware").exists()


def test_a_first_push_makes_its_interface(erp_push):
    made = Interface.objects.get()
    assert (made.code, made.kind, made.adapter, made.mode, made.site.code) == (
        "middleware", "erp", "push", "live", "AUG",
    )  # fmt: skip
    assert made.state.succeeded_at and Freshness.objects.filter(source="middleware", object="units").exists()
    assert Entry.objects.filter(event="interface.connected", object_key=str(made.pk)).exists()


def test_the_journal_counts_and_versions_are_kept(erp_push):
    erp_push.put("items", member("items", "1", name="before"))
    erp_push.put("items", member("items", "1", minutes=1, name="after"))
    entry = Entry.objects.filter(event="masterdata.synced").latest("id")
    said = json.loads(entry.payload)
    assert (said["data"]["updated"], len(said["data"]["digest"]), said["who"]["name"]) == (1, 64, "Service middleware")
    assert json.loads(MirrorVersion.objects.get(external_id="1", object="items").content)["name"] == "before"


def test_the_same_key_is_answered_once(erp_push):
    first = erp_push.batch("items", member("items", "1"), **{"Idempotency-Key": "k1"})
    again = erp_push.batch("items", member("items", "1"), **{"Idempotency-Key": "k1"})
    assert first.json() == again.json() and again["Idempotent-Replayed"] == "true"
    other = erp_push.batch("items", member("items", "2"), **{"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_frames(erp_push):
    assert erp_push.post("items/batch", b"x" * (5 * 1024 * 1024 + 1)).status_code == 413
    many = [member("items", str(n)) for n in range(1001)]
    assert erp_push.post("items/batch", many).status_code == 422
    assert erp_push.post("items/batch", [member("items")], content_type="text/xml").status_code == 415
    assert erp_push.post("gremlins/batch", [member("items")]).status_code == 404
    assert erp_push.post("items/batch", {"members": [member("items")]}).json()["results"][0]["status"] == "created"


def test_a_thousand_members_at_once(erp_push):
    told = erp_push.put("items", *(member("items", f"{n:04}") for n in range(1000)))
    assert set(told) == {"created"} and Item.objects.filter(source="middleware").count() == 1000


# --- modes, deaths -----------------------------------------------------------------------------------------------------


def switch(**values) -> Interface:
    from tests.connectors.conftest import with_act

    interface = Interface.objects.get(code="middleware")
    for name, value in values.items():
        setattr(interface, name, value)
    with_act(interface)
    return interface


@pytest.mark.parametrize("closing", [{"mode": Mode.OFF}, {"paused_at": AT}])
def test_while_it_is_closed_a_batch_waits_and_is_applied_later(erp_push, closing):
    switch(**closing)
    answer = erp_push.batch("items", member("items", "1"))
    assert (answer.status_code, answer.json()["status"]) == (202, "parked")
    assert push.sweep() == 0 and not Item.objects.filter(source="middleware").exists()
    switch(mode=Mode.LIVE, paused_at=None)
    assert push.sweep() == 1 and Item.objects.filter(source="middleware").exists()
    assert InboxMessage.objects.latest("pk").state == "APPLIED" and push.sweep() == 0


def test_observe_says_what_would_be_and_writes_nothing(erp_push):
    switch(mode=Mode.OBSERVE)
    before = SyncRun.objects.count()
    answer = erp_push.batch("items", member("items", "1"), member("items", "2", unit_id="?"))
    assert (answer.status_code, answer.json()["status"]) == (202, "observed")
    assert [r["status"] for r in answer.json()["results"]] == ["created", "rejected"]
    assert SyncRun.objects.count() == before and not Item.objects.filter(source="middleware").exists()
    assert InboxMessage.objects.latest("pk").state == "PARKED"


def test_a_batch_whose_process_died_is_applied_by_the_sweep(erp_push, monkeypatch):
    def die(self):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(push.Push, "_finish", lambda *rest: die(rest))
        with pytest.raises(SystemExit):
            erp_push.batch("items", member("items", "1"))
    message = InboxMessage.objects.latest("pk")
    assert message.state == "NEW" and not Item.objects.filter(source="middleware").exists(), "all or nothing"
    monkeypatch.setattr(push, "LEFT_BEHIND", push.timedelta(0))
    assert push.sweep() == 1
    message.refresh_from_db()
    assert message.state == "APPLIED" and Item.objects.get(source="middleware").number == "N-1"


# --- sweep -------------------------------------------------------------------------------------------------------------


def test_a_sweep_marks_what_is_gone_and_a_push_brings_it_back(erp_push):
    erp_push.put("items", *(member("items", str(n)) for n in range(5)))
    answer = erp_push.sweep("items", "0", "1", "2", "3")
    assert answer.status_code == 200 and answer.json()["gone"] == 1
    assert Item.objects.get(source="middleware", external_id="4").gone_at
    assert SyncRun.objects.get(uid=answer.json()["run"]).lines.get().outcome == "gone"
    assert erp_push.put("items", member("items", "4")) == ["updated"]
    assert Item.objects.get(source="middleware", external_id="4").gone_at is None


def test_a_mass_deletion_needs_its_count(erp_push):
    erp_push.put("items", *(member("items", f"{n:02}") for n in range(20)))
    refused = erp_push.sweep("items", "00")
    assert refused.status_code == 409 and "19 of 20" in refused.json()["detail"] and "19" in refused.json()["hint"]
    assert erp_push.sweep("items", "00", confirm=5).status_code == 409
    assert Item.objects.live().filter(source="middleware").count() == 20
    assert erp_push.sweep("items", "00", confirm=19).json()["gone"] == 19
    said = json.loads(Entry.objects.filter(event="interface.swept").latest("id").payload)["data"]
    assert (said["gone"], said["confirmed"]) == (19, True)


def test_a_sweep_never_judges_what_came_after_its_list(erp_push):
    erp_push.put("items", *(member("items", str(n)) for n in range(5)))
    assert erp_push.sweep("items", "0", "1", "2", "3", as_of="2020-01-01T00:00:00Z").json()["gone"] == 0


@pytest.mark.parametrize(
    "body", [[], {}, {"keys": 1}, {"keys": [None]}, {"keys": [], "as_of": "x"}, {"keys": [], "confirm": "1"}]
)
def test_a_sweep_that_cannot_be_read(erp_push, body):
    assert erp_push.post("items/sweep", body).status_code == 422


def test_a_sweep_while_closed_is_refused(erp_push):
    switch(mode=Mode.OBSERVE)
    assert erp_push.sweep("units").status_code == 409


# --- postings ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def posting(erp_push, make, people):
    from connectors import outbox
    from qms.commands import actions as commands

    erp_push.put("items", member("items", "I"))
    erp_push.put("lots", member("lots", "L", item_id="I"))
    lot = Lot.objects.get(source="middleware", external_id="L")
    asked = commands.request_posting(
        record=make.report(), kind="HOLD", purpose="test:0", lot=lot, quantity=Decimal(2), by=people["engineer"]
    )
    assert not outbox.deliver_next(), "the other side carries it"
    return asked


def test_a_confirmation_posts_it_once(erp_push, posting):
    told = erp_push.ack(posting.reference, status="posted", document_number="MD-77")
    assert told.json() == {
        "reference": posting.reference, "status": "accepted", "state": "POSTED", "document_number": "MD-77",
    }  # fmt: skip
    assert erp_push.ack(posting.reference, status="posted", document_number="MD-77").json()["status"] == "duplicate"
    other = erp_push.ack(posting.reference, status="posted", document_number="MD-78")
    assert other.status_code == 409 and "MD-77" in other.json()["detail"]
    assert erp_push.ack(posting.reference, status="failed", reason="late").status_code == 409
    posting.refresh_from_db()
    assert (posting.state, posting.document_number, posting.delivery.state) == ("POSTED", "MD-77", "DONE")
    entry = Entry.objects.filter(event="posting.posted").latest("id")
    assert json.loads(entry.payload)["who"]["name"] == "Service middleware"


def test_a_refusal_waits_for_a_person_who_retries(erp_push, posting, people):
    from qms.commands import actions as commands

    assert erp_push.ack(posting.reference, status="failed").status_code == 422
    assert erp_push.ack(posting.reference, status="failed", reason="Period is closed").json()["state"] == "FAILED"
    assert erp_push.ack(posting.reference, status="failed", reason="Period is closed").json()["status"] == "duplicate"
    posting.refresh_from_db()
    assert (posting.problem, posting.delivery.state) == ("Period is closed", "DEAD")
    assert erp_push.ack(posting.reference, status="posted", document_number="MD-1").status_code == 409
    commands.retry(posting=posting, by=people["integration"])
    assert erp_push.ack(posting.reference, status="posted", document_number="MD-1").json()["state"] == "POSTED"


def test_postings_of_others_do_not_exist(erp_push, posting):
    other = ErpPush(token("elsewhere", "AUG"))
    assert other.ack(posting.reference, status="posted", document_number="1").status_code == 404
    assert erp_push.ack("NCR26999999-01", status="posted", document_number="1").status_code == 404
    assert erp_push.ack(posting.reference, status="posted").status_code == 422
