"""Reconciliation against an ERP behind a socket: all that differs is found, nothing else, and what people do with it holds."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from connectors import actions, sync
from connectors.actions import reconciling
from connectors.messages import StockRecord
from connectors.models import Difference, Interface, Origin, ReconcileRun
from connectors.reconcile import mirrored
from qms import journal
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Item, Lot
from tests.factories import person
from tests.fakes import erp as fake
from tests.fakes import erp_http
from tests.sizes import size

pytestmark = pytest.mark.django_db
PROVES = ("G13",)


@pytest.fixture
def there(monkeypatch):
    from connectors import registry

    monkeypatch.setitem(registry.ADAPTERS, "http", erp_http.HttpErp())
    with erp_http.running() as made:
        yield made


@pytest.fixture
def interface(people, there) -> Interface:
    owner = people["integration"]
    made, _changed = actions.connect(
        code="erp", name="ERP", kind="erp", adapter="http", base_url=there.base_url, settings={}, secrets={},
        site=owner.grants.order_by("pk")[0].site, mode="live", owner=owner, by=journal.SYSTEM,
    )  # fmt: skip
    return made


def stock(there, *, items: int = 6) -> None:
    there.store.put("units", fake.unit())
    there.store.put("items", *(fake.item(str(n), changed_at=fake.at(n % 5 * 1440)) for n in range(1, items + 1)))
    there.store.put("suppliers", fake.supplier("1"))
    there.store.put("lots", fake.lot("7", "1"), fake.lot("8", "2"))
    there.store.put("purchase-orders", fake.order("1", "10", "11"), fake.order("2", "20"))


def reconcile(interface) -> ReconcileRun:
    run = ReconcileRun.objects.create(interface=interface, origin=Origin.ASKED, asked_by="test")
    return reconciling.carry_out(run=run)


def found() -> set[tuple[str, str, str]]:
    return set(Difference.objects.open().values_list("object", "key", "kind"))


def row(key: str) -> Difference:
    return Difference.objects.get(key=key)


def test_two_sides_that_agree_have_no_difference(interface, there):
    stock(there)
    sync.sync(interface=interface)
    run = reconcile(interface)
    assert (run.problem, run.note, run.found, run.compared) == ("", "", 0, 15)
    counts = {count["object"]: count for count in run.counts}
    assert counts["items"] == {
        "object": "items", "here": 6, "there": 6, "windows": 5, "differing": 0, "found": 0, "in_flight": 0,
    }  # fmt: skip
    assert counts["purchase-order-lines"]["there"] == 3 and not found()
    assert Entry.objects.filter(event="interface.reconciled").count() == 1


def test_every_kind_is_found_on_either_side_and_in_lines(interface, there):
    stock(there)
    sync.sync(interface=interface)
    there.change("items", 0, name="Silently renamed")
    there.change("items", 1, name="Renamed", changed_at=fake.at(20 * 1440))
    there.store.put("items", fake.item("60", number="ITEM-3"), fake.item("61"))
    there.store.drop("items", "4")
    there.change("purchase-orders", 1, lines=())
    Item.objects.filter(source="erp", external_id="5").update(name="altered here")
    run = reconcile(interface)
    assert found() == {
        ("items", "1", "differs"), ("items", "2", "stale"), ("items", "60", "duplicate"), ("items", "61", "missing_here"),
        ("items", "4", "missing_there"), ("items", "5", "differs"), ("purchase-orders", "2", "differs"),
        ("purchase-order-lines", "20", "missing_there"),
    }  # fmt: skip
    assert row("5").fields == [["name", "altered here", "Item 5"]] and row("1").fields[0][2] == "Silently renamed"
    assert row("60").fields == [["key", "3", "60"]] and row("20").owner_key == "2"
    assert (run.found, run.opened) == (8, 8)


def test_more_than_a_run_keeps_is_said_and_closes_nothing(interface, there, monkeypatch):
    stock(there)
    sync.sync(interface=interface)
    there.store.drop("items", "4")
    reconcile(interface)
    there.store.put("items", fake.item("4", changed_at=fake.at(3)))
    for n in range(3):
        there.change("items", n, name=f"Silently renamed {n}")
    monkeypatch.setattr(mirrored, "MOST", 2)
    run = reconcile(interface)
    assert "more than 2" in run.note and run.found == 2
    assert ("items", "4", "missing_there") in found(), "nobody looked at all of them"


def test_what_changed_after_the_last_reading_is_in_flight(interface, there):
    stock(there)
    sync.sync(interface=interface)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    there.change("items", 2, name="New name", changed_at=soon)
    there.store.put("items", fake.item("70", changed_at=soon))
    run = reconcile(interface)
    assert not found() and {c["object"]: c["in_flight"] for c in run.counts}["items"] == 2


def test_all_planted_differences_among_many_rows_are_found_and_none_is_false(interface, there):
    """G13: 10 in 10,000 here, 100 in 100,000 at full size."""
    many, planted = size(100_000), 10
    each = max(many // 10_000, 1)  # of each of ten ways
    there.store.put("units", fake.unit())
    there.store.put("items", *(fake.item(str(n), changed_at=fake.at(n % 30 * 1440)) for n in range(1, many + 1)))
    sync.sync(interface=interface)
    step, expected = many // (each * planted), set()
    places = [n * step for n in range(each * planted)]
    gone = []
    for n, place in enumerate(places):
        key = str(place + 1)
        way = n % planted
        if way < 4:
            there.change(
                "items", place, **({"name": "x"}, {"is_active": False}, {"kind": "service"}, {"raw": {"a": 1}})[way]
            )
            expected.add((key, "differs"))
        elif way == 4:
            there.change("items", place, name="y", changed_at=fake.at(60 * 24 * 40))
            expected.add((key, "stale"))
        elif way == 5:
            gone.append(key)
            expected.add((key, "missing_there"))
        elif way == 6:
            there.store.put("items", fake.item(str(many + 1 + n)))
            expected.add((str(many + 1 + n), "missing_here"))
        elif way == 7:
            there.store.put("items", fake.item(str(many + 1 + n), number=f"ITEM-{key}"))
            expected.add((str(many + 1 + n), "duplicate"))
        elif way == 8:
            Item.objects.filter(source="erp", external_id=key).update(number="altered")
            expected.add((key, "differs"))
        else:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE masterdata_item SET gone_at = now() WHERE source = 'erp' AND external_id = %s", [key]
                )
            expected.add((key, "missing_here"))
    dropped = set(gone)
    there.store.log["items"] = [r for r in there.rows("items") if r.external_id not in dropped]
    run = reconcile(interface)
    assert set(Difference.objects.values_list("key", "kind")) == expected and len(expected) == each * planted
    assert run.problem == "" and run.compared >= many


class TestPostings:
    @pytest.fixture
    def record(self, interface, there):
        """A lot of this ERP, held and scrapped there once."""
        stock(there)
        there.store.put("stock", StockRecord(
            external_id="1:7:QUA", number="ITEM-1", changed_at=None, item_id="1", lot_id="7", place_code="QUA",
            place_name="Quarantine", place_role="quarantine", quantity=Decimal(10), unit_id="1",
        ))  # fmt: skip
        sync.sync(interface=interface)
        lot = Lot.objects.get(source="erp", external_id="7")
        from ncr import actions as ncr
        from ncr.models import DefectCode

        made = ncr.report(
            by=person("inspector"), part=lot.item, lot=lot, quantity=Decimal(10), description="Bore too large",
            defect_code=DefectCode.objects.get(code="DIM-OUT"),
        )  # fmt: skip
        ncr.request_hold(ncr=made, by=person("engineer"), reason="Contain the lot")
        self.carry(there, made)
        return made

    def carry(self, there, record) -> None:
        """The ERP books what was asked, once."""
        from qms.commands import actions as commands

        for posting in Posting.objects.of(record).unfinished():
            booked = there.book(posting.reference, posting.quantity, posting.item.external_id, posting.lot.external_id)
            sent = commands.mark_sent(posting=posting)
            commands.mark_posted(
                posting=sent, document_number=booked.number, document_id=booked.number, read_back='{"quantity":"10"}'
            )

    def test_found_once_it_is_reconciled(self, interface, there, record):
        run = reconcile(interface)
        posting = Posting.objects.of(record).get()
        assert posting.state == "RECONCILED" and not found() and run.found == 0
        assert Entry.objects.filter(event="posting.reconciled").count() == 1
        reconcile(interface)
        assert Entry.objects.filter(event="posting.reconciled").count() == 1

    def test_found_twice_never_or_otherwise_is_told_with_its_record(self, interface, there, record):
        posting = Posting.objects.of(record).get()
        reference = posting.reference
        there.book(reference, Decimal(10), "1", "7")
        reconcile(interface)
        told = Difference.objects.open().get()
        assert (told.kind, told.record_number) == ("duplicate", record.number)
        assert told.fields[:2] == [["document", "D1", "D1, D2"], ["quantity", "10", "20"]]
        there.documents.clear()
        there.book(reference, Decimal(9), "1", "7")
        reconcile(interface)
        assert [d.fields for d in Difference.objects.open()] == [[["quantity", "10", "9"]]]
        there.documents.clear()
        there.book("NCR26999999-01", Decimal(3), "1", "7")
        reconcile(interface)
        assert found() == {("postings", reference, "missing_there"), ("postings", "NCR26999999-01", "missing_here")}
        assert Posting.objects.get().state == "POSTED"

    def test_a_lost_document_is_sent_again_under_its_reference(self, interface, there, record):
        from connectors import outbox

        there.documents.clear()
        reconcile(interface)
        reconciling.resolve(
            difference=Difference.objects.open().get(), resolution="ours", reason="restored from a backup",
            by=person("integration"),
        )  # fmt: skip
        assert Posting.objects.get().state == "QUEUED" and not found()
        while outbox.deliver_next():
            pass
        assert [d.reference for d in there.documents] == [Posting.objects.get().reference]
        run = reconcile(interface)
        assert run.found == 0 and Posting.objects.get().state == "RECONCILED"

    def test_what_we_hold_must_lie_in_quarantine_there(self, interface, there, record):
        from ncr.models import Hold

        assert Hold.objects.get().state == "ACTIVE"
        assert reconcile(interface).found == 0
        there.change("stock", 0, quantity=Decimal(4))
        reconcile(interface)
        told = Difference.objects.open().get(object="holds")
        assert (told.key, told.fields) == ("7", [["quarantine", "10", "4"]])
        assert told.record_number == Hold.objects.get().number


class TestDeciding:
    @pytest.fixture
    def differing(self, interface, there):
        stock(there)
        sync.sync(interface=interface)
        there.change("items", 0, name="Theirs")
        reconcile(interface)
        return row("1")

    def test_theirs_is_read_again_and_what_comes_back_is_reopened(self, interface, there, differing):
        from connectors.models import SyncRun
        from connectors.sync import refresh

        rung: list[SyncRun] = []
        who = person("integration")
        reconciling.resolve(
            difference=differing, resolution="theirs", reason="the ERP is right", by=who, ring=rung.append
        )
        assert row("1").resolved_by == who and not found()
        reconcile(interface)  # nothing has read it meanwhile
        assert found() == {("items", "1", "differs")} and row("1").reopened == 1
        refresh.refresh(run=rung[0], by=who)
        run = reconcile(interface)
        assert run.closed == 1 and row("1").resolution == "vanished" and row("1").resolved_by is None
        assert Item.objects.get(source="erp", external_id="1").name == "Theirs"

    def test_accepted_stays_accepted_while_it_is_the_same(self, interface, there, differing):
        reconciling.resolve(difference=differing, resolution="accepted", reason="known", by=person("integration"))
        reconcile(interface)
        assert not found() and row("1").reopened == 0
        there.change("items", 0, name="Theirs again")
        reconcile(interface)
        assert found() == {("items", "1", "differs")} and row("1").reopened == 1

    def test_refusals(self, interface, there, differing):
        who = person("integration")
        with pytest.raises(Forbidden):
            reconciling.resolve(difference=differing, resolution="accepted", reason="no", by=person("operator"))
        with pytest.raises(Invalid):
            reconciling.resolve(difference=differing, resolution="vanished", reason="no", by=who)
        with pytest.raises(Invalid):
            reconciling.resolve(difference=differing, resolution="accepted", reason="", by=who)
        with pytest.raises(Conflict):
            reconciling.resolve(difference=differing, resolution="ours", reason="no such posting", by=who)
        with pytest.raises(Invalid):
            reconciling.assign(difference=differing, to=person("operator"), by=who)
        assert reconciling.assign(difference=differing, to=person("engineer"), by=who).assigned_to == person("engineer")
        reconciling.resolve(difference=differing, resolution="corrected", reason="mended there", by=who)
        with pytest.raises(Conflict):
            reconciling.resolve(difference=differing, resolution="accepted", reason="again", by=who)


def test_away_in_the_middle_closes_nothing(interface, there):
    stock(there)
    sync.sync(interface=interface)
    there.change("items", 0, name="Theirs")
    reconcile(interface)
    there.is_away = True
    run = reconcile(interface)
    assert run.problem and run.finished_at and found() == {("items", "1", "differs")}


def test_by_command_and_each_night_once(interface, there, capsys, monkeypatch):
    stock(there)
    sync.sync(interface=interface, full=True)
    there.change("items", 0, name="Theirs")
    call_command("reconcile", "erp")
    told = capsys.readouterr().out
    assert "differs: items ITEM-1 (1) name: Item 1 ≠ Theirs" in told and "1 differences, 1 new" in told
    rung: list[ReconcileRun] = []
    assert reconciling.claim_due(rung.append) == 0, "its first full reading is younger than last night"
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1, hours=3)
    monkeypatch.setattr(reconciling, "now", lambda: tomorrow)
    ReconcileRun.objects.update(asked_at=tomorrow - dt.timedelta(days=1))
    assert reconciling.claim_due(rung.append) == 1
    ReconcileRun.objects.filter(pk=rung[0].pk).update(asked_at=tomorrow)
    assert reconciling.claim_due(rung.append) == 0 and len(rung) == 1


def test_an_interface_that_cannot_be_asked_says_so(interface, people):
    actions.switch(interface=interface, mode="observe", by=people["integration"], reason="try first")
    interface.refresh_from_db()
    with pytest.raises(Conflict, match="only observes"):
        reconciling.ask(interface=interface, by=people["integration"])
