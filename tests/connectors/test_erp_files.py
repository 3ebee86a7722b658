"""An ERP that drops files: items and stock by the same mapping path, its sites, what is gone, and what is no ERP's row."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from connectors import outbox
from connectors.actions import carry, recarry, set_stage, switch
from connectors.models import InboxMessage, Intake, Interface, Mode
from connectors.sync import push
from connectors.transports import intake, objects, run, views
from ncr import actions as ncr
from ncr.models import DefectCode
from qms.accounts.models import Site
from qms.commands.models import Posting
from qms.lib.errors import Invalid, NotNow
from qms.masterdata.models import Item, Lot, Unit, WorkCenter
from tests.connectors.carried import Sender
from tests.factories import Factory, person

pytestmark = pytest.mark.django_db
PROVES = ("G11",)
RULES = {
    "fields": [
        {"to": "number", "from": "/Teil"},
        {"to": "name", "from": "/Bezeichnung"},
        {"to": "kind", "value": "part"},
        {"to": "unit_id", "from": "/ME"},
        {"to": "is_active", "from": "/Sperre", "values": {"X": "false", "-": "true"}, "default": "true"},
        {"to": "changed_at", "from": "/Stand"},
    ]
}
UNITS = {"fields": [{"to": "number", "from": "/Nr"}, {"to": "name", "from": "/Name"}, {"to": "category", "value": "piece"},
                    {"to": "digits", "value": "0"}, {"to": "factor", "value": "1"}]}  # fmt: skip
SETTINGS = {"timezone": "Europe/Berlin", "format": "csv", "separator": ";", "type": "erp.*", "id": "Nr"}
HEAD = "Nr;Teil;Bezeichnung;ME;Sperre;Stand"


def to(interface, mode):
    switch(interface=interface, mode=mode, by=person("integration"), reason="as it was agreed")
    interface.refresh_from_db()


@pytest.fixture
def sender(tmp_path, settings, people):
    settings.FOLDERS = [str(tmp_path)]
    root = tmp_path / "erp"
    root.mkdir()
    made = carry(
        code="erp-files", name="Old ERP", transport="folder", site=Site.objects.get(code="AUG"), address=f"file://{root}",
        settings={**SETTINGS, "folder": str(root), "ready": "rename", "pattern": "*.csv"}, secrets={}, kind="erp",
        owner=person("integration"), purpose="nightly files", by=person("integration"),
    )  # fmt: skip
    to(made, Mode.LIVE)
    Factory().mapping(state="ACTIVE", interface=made, rules=RULES, message_type="erp.items")
    Factory().mapping(state="ACTIVE", interface=made, rules=UNITS, message_type="erp.units")
    held = Sender(made, root)
    answer = held.sent("units.csv", "Nr;Name", "ST;Stück")
    assert answer["created"] == 1, held.errors("units.csv")
    return held


def test_a_csv_of_parts_becomes_the_mirror_by_the_mapping(sender):
    unit = Unit.objects.get(source="erp-files")
    answer = sender.sent("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00", "2;P-2;Bolt;ST;X;2026-05-04T08:00:00",
                         "3;P-3;Nut;ST;;yesterday")  # fmt: skip
    assert (answer["created"], answer["rejected"]) == (2, 1), sender.errors("items_1.csv")
    rows = {row.external_id: row for row in Item.objects.filter(source="erp-files")}
    assert (rows["1"].number, rows["1"].name, rows["1"].unit_id, rows["1"].is_active) == (
        "P-1",
        "Bracket",
        unit.pk,
        True,
    )
    assert rows["2"].is_active is False
    [wrong] = sender.errors("items_1.csv")
    assert wrong["row"] == 4 and "changed_at" in wrong["text"]
    again = sender.sent(
        "items_2.csv", HEAD, "1;P-1;Bracket, left;ST;;2026-05-05T08:00:00", "2;P-2;Bolt;ST;X;2026-05-04T08:00:00"
    )
    assert (again["updated"], again["duplicate"]) == (1, 1)
    assert Item.objects.get(source="erp-files", external_id="1").name == "Bracket, left"
    older = sender.sent("items_0.csv", HEAD, "1;P-1;Old name;ST;;2026-05-01T08:00:00")
    assert older["updated"] == 0 and Item.objects.get(source="erp-files", external_id="1").name == "Bracket, left"


def test_it_takes_no_posting_and_a_person_is_asked_to_book_it_there(sender, people):
    sender.sent("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00")
    lots = {"fields": [{"to": "number", "from": "/Los"}, {"to": "item_id", "from": "/Teil"}]}
    Factory().mapping(state="ACTIVE", interface=sender.interface, rules=lots, message_type="erp.lots")
    assert sender.sent("lots_1.csv", "Nr;Los;Teil", "L1;LOT-F-1;1")["created"] == 1, sender.errors("lots_1.csv")
    lot, code = Lot.objects.get(source="erp-files"), DefectCode.objects.get(code="DIM-OUT")
    told = {"part": lot.item, "lot": lot, "quantity": Decimal(3), "defect_code": code, "description": "Bore too large"}
    record = ncr.report(by=people["inspector"], **told)
    ncr.request_hold(ncr=record, by=people["engineer"], reason="Contain the lot")
    while outbox.deliver_next():
        pass
    posting = Posting.objects.of(record).get()
    assert (posting.state, posting.problem_code) == ("NEEDS_DECISION", "unsupported"), posting.problem


def test_a_file_that_names_everything_ends_what_it_does_not_name(sender):
    changed(sender, complete=True)
    rows = [f"{n};P-{n};Part;ST;;2026-05-04T08:00:00" for n in range(1, 31)]
    sender.sent("items-all.csv", HEAD, *rows)
    assert Item.objects.live().filter(source="erp-files").count() == 30
    sender.sent("items-all-2.csv", HEAD, *rows[:29])
    live = Item.objects.live().filter(source="erp-files")
    assert live.count() == 29 and not live.filter(external_id="30").exists()
    answer = sender.sent("items-few.csv", HEAD, rows[0])
    assert live.count() == 29, "too much at once is nothing"
    assert "Nothing was marked as gone" in json.dumps(sender.errors("items-few.csv")) and answer["rejected"] == 1


def test_observed_is_kept_and_taken_over_when_it_is_live(sender):
    to(sender.interface, Mode.OBSERVE)
    answer = sender.sent("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00")
    assert answer["waiting"] == 1 and not Item.objects.filter(source="erp-files").exists()
    to(sender.interface, Mode.LIVE)
    assert push.sweep() == 1 and Item.objects.filter(source="erp-files").count() == 1


def stage(sender, stage, object="items"):
    set_stage(
        interface=sender.interface, direction="in", object=object, stage=stage, by=person("integration"), reason="not yet ready"
    )  # fmt: skip


def test_while_its_flow_is_off_a_file_lies_where_it_is_and_the_others_go_on(sender):
    stage(sender, "off")
    sender.send("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00")
    assert sender.sent("units_2.csv", "Nr;Name", "KG;Kilo")["created"] == 1, "only this object waits"
    assert (sender.root / "items_1.csv").exists() and not list(sender.root.glob("*/items_1*"))
    state = Interface.objects.get(pk=sender.interface.pk).state
    assert "“items” is switched off" in state.problem and state.succeeded_at == state.failed_at
    (sender.root / "items_1.csv").rename(sender.root / "work" / "items_1.csv")  # it was claimed when the switch fell
    sender.look()
    assert (sender.root / "work" / "items_1.csv").exists() and not Intake.objects.filter(name="items_1.csv").exists()
    stage(sender, "observe")
    sender.look()
    assert sender.answer("items_1.csv")["waiting"] == 1 and not list(sender.root.glob("*/items_1.csv.error.json"))
    assert Interface.objects.get(pk=sender.interface.pk).state.problem == ""


def test_a_flow_switched_off_while_a_file_is_read_costs_no_row(sender, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(objects, "check_on", lambda interface, kind: None)
        stage(sender, "off")
        sender.send("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00")
        assert sender.look() == 0
    assert (sender.root / "work" / "items_1.csv").exists() and not list(sender.root.glob("out/items_1*"))
    assert InboxMessage.objects.get(message_type="transport.file", headers__contains="items_1.csv").state == "NEW"
    told = {**sender.interface.settings, "type": "erp.items", "view": "v_items"}
    sender.interface.settings = told
    with pytest.raises(NotNow, match="switched off"):
        views.poll(sender.interface, {})


def test_one_odd_cell_is_one_refused_row(sender):
    changed(sender, format="jsonl")
    good = {"Nr": "1", "Teil": "P-1", "Bezeichnung": "Bracket", "ME": "ST", "Stand": "2026-05-04T08:00:00"}
    odd = [good, {**good, "Nr": "2", "Stand": "0001-01-01"}, {**good, "Nr": "3", "Stand": "0001-01-01T00:00:00+02:00"},
           {**good, "Nr": "4", "Stand": 17}]  # fmt: skip
    answer = sender.sent("items_1.csv", *map(json.dumps, odd))
    assert (answer["created"], answer["rejected"]) == (1, 3), sender.errors("items_1.csv")
    assert all("changed_at" in wrong["text"] for wrong in sender.errors("items_1.csv"))
    assert objects._flag(["true"]) == ["true"] and objects._flag({}) == {} and objects._flag("true") is True


def test_what_nobody_foresaw_is_a_letter_and_stops_nothing_behind_it(sender, monkeypatch):
    rows = [{"external_id": "7", "changed_at": datetime(2026, 5, 4, tzinfo=UTC), "Nr": "7", "Teil": "P-7", "Bezeichnung": "Pin",
             "ME": "ST", "Stand": "2026-05-04T08:00:00"}]  # fmt: skip
    view = Interface.objects.get(pk=sender.interface.pk)
    view.settings |= {"type": "erp.items", "view": "v_items"}
    with monkeypatch.context() as patch:
        patch.setattr(objects, "_aware", lambda told, zone: 1 // 0)
        sender.send("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00")
        assert sender.sent("units_2.csv", "Nr", "x")["status"] == "rejected"
        assert sender.answer("items_1.csv")["problem"]["code"] == "unforeseen"
        assert views._take(view, rows) == 1
    letters = sender.letters()
    assert len(letters) == 3 and all("ZeroDivisionError" in letter.problem for letter in letters)
    InboxMessage.objects.filter(pk=letters[-1].pk).update(state="NEW")
    [left] = intake.given_free(sender.interface)
    views._take(view, json.loads(bytes(left.body)), left)
    assert Item.objects.get(source="erp-files").number == "P-7"
    left.refresh_from_db()
    assert left.state == "APPLIED"


def test_an_older_file_tried_again_neither_overwrites_nor_ends_what_came_after_it(sender):
    rules = {"fields": [field for field in RULES["fields"] if field["to"] != "changed_at"]}
    held = Factory().mapping(state="ACTIVE", interface=sender.interface, rules=rules, message_type="erp.items")
    assert held.state == "ACTIVE"
    changed(sender, complete=True, trailer=True)
    line = "1;P-1;{};ST;;"
    assert sender.sent("items_1.csv", HEAD, line.format("Old"))["status"] == "rejected", "its trailer is missing"
    [letter] = sender.letters()
    changed(sender, trailer=False)
    sender.sent("items_2.csv", HEAD, line.format("New"), line.replace("1", "2").format("Later"))
    assert Item.objects.live().filter(source="erp-files").count() == 2
    Item.objects.filter(source="erp-files").update(synced_at=letter.received_at + timedelta(microseconds=1))
    InboxMessage.objects.filter(pk=letter.pk).update(state="NEW")
    sender.look()
    assert InboxMessage.objects.get(pk=letter.pk).state == "APPLIED"
    live = Item.objects.live().filter(source="erp-files")
    assert {item.name for item in live} == {"New", "Later"}, "what came later stays as it is"


def changed(sender, **more):
    """Other settings, by the person who operates it."""
    sender.interface = recarry(
        interface=sender.interface, address=sender.interface.base_url, settings={**sender.interface.settings, **more},
        secrets={}, by=person("integration"), reason="the ERP does it so",
    )  # fmt: skip


def test_rows_may_name_further_sites_only_where_they_are_opened(sender):
    pairs = (("number", "Teil"), ("name", "Bezeichnung"), ("site", "Werk"), ("changed_at", "Stand"))
    rules = {"fields": [{"to": ours, "from": f"/{theirs}"} for ours, theirs in pairs]}
    Factory().mapping(state="ACTIVE", interface=sender.interface, rules=rules, message_type="erp.work-centers")
    head, line = f"{HEAD};Werk", "1;WC-1;Lathe;;;2026-05-04T08:00:00;SUZ"
    assert sender.sent("work-centers_1.csv", head, line)["rejected"] == 1
    with pytest.raises(Invalid, match="NOWHERE"):
        changed(sender, sites=["NOWHERE"])
    changed(sender, sites=["SUZ"])
    answer = sender.sent("work-centers_2.csv", head, line.replace("08:00", "09:00"))
    assert answer["created"] == 1, sender.errors("work-centers_2.csv")
    assert WorkCenter.objects.get(source="erp-files").site.code == "SUZ"


def test_all_or_nothing_takes_nothing(sender):
    changed(sender, whole=True)
    answer = sender.sent("items_1.csv", HEAD, "1;P-1;Bracket;ST;;2026-05-04T08:00:00", "2;P-2;Bolt;ST;;nonsense")
    assert answer["status"] == "rejected" and not Item.objects.filter(source="erp-files").exists()
    assert Intake.objects.order_by("-pk").first().state == "ERROR"
    assert sender.sent("prices.csv", HEAD)["problem"]["code"] == "no_object"


def test_kinds_of_rows_and_of_systems_go_together(people):
    site, shared = (
        Site.objects.get(code="AUG"),
        {"name": "x", "secrets": {}, "purpose": "", "owner": person("integration"), "address": ""},
    )
    shared |= {"site": site, "by": person("integration")}
    with pytest.raises(Invalid, match="ERP"):
        carry(code="one-x", transport="mqtt", kind="erp", settings={}, **shared)
    with pytest.raises(Invalid, match="ERP only"):
        carry(code="two-x", transport="folder", settings={"type": "erp.items"}, **shared)
    with pytest.raises(Invalid, match="do not come from an ERP"):
        carry(code="three-x", transport="folder", kind="erp", settings={"type": "mes.defect.logged"}, **shared)


def test_it_is_set_up_and_mapped_on_screen(sender, client):
    client.force_login(person("integration"))
    page = client.get(reverse("connectors:transport-new")).content.decode()
    assert 'value="erp"' in page
    page = client.get(reverse("connectors:transport", args=["erp-files"])).content.decode()
    assert "erp.items" in page and "Further sites" in page
    page = client.get(reverse("connectors:interface", args=["erp-files"]), {"tab": "mapping"}).content.decode()
    assert "erp.items" in page
    assert run.probe(interface=sender.interface)
