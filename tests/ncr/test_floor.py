"""The floor's entry by its acts and its addresses: what a code names, tiles, one record however often it is sent, refusals."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from ncr import actions as ncr
from ncr.models import DefectCode, Hold, Nonconformance
from ncr.queries import floor
from qms import journal
from qms.lib.clock import now
from qms.masterdata import events
from qms.masterdata.models import Lot, ProductionOrder
from qms.masterdata.upsert import resolve_parents, upsert
from qms.records import queries as files
from tests.factories import person
from tests.factories.pictures import picture

pytestmark = pytest.mark.django_db
LOT = "LOT-26-0101"


@pytest.fixture
def as_(client):
    def sign_in(username):
        client.force_login(person(username))
        return client

    return sign_in


def entry(**changes):
    return {"key": str(uuid4()), "code": LOT, "defect_code": "DIM-OUT", "quantity": "2", **changes}


def send(client, data):
    return client.post("/floor/", data, headers={"Accept": "application/json"})


# --- what a code names ---


def test_a_lot_an_order_and_a_part_are_found_by_their_numbers():
    user = person("operator")
    lot = floor.place(LOT, user)
    assert lot.part.number == "TB-4711" and lot.lot.number == LOT and lot.read_at and lot.lot_text == ""
    order = ProductionOrder.objects.live().order_by("number").first()
    found = floor.place(order.number, user)
    assert found.order == order and found.part == order.item
    assert found.whole and (found.whole.quantity, found.whole.of) == (order.quantity, "order")
    part = floor.place("TB-4711", user)
    assert part.key.startswith("item:") and part.lot_text == ""
    assert floor.place(LOT.lower(), user).lot == lot.lot


def test_gs1_elements_name_the_lot_and_how_many():
    found = floor.place(f"]d20104012345678901 10{LOT}".replace(" ", "") + "\x1d21S-5\x1d3712", person("operator"))
    assert found.lot.number == LOT and found.scan.serial == "S-5" and found.scan.count == 12


def test_an_unknown_code_is_kept_as_text_with_the_age_of_what_is_known():
    found = floor.place("NO-SUCH-9", person("operator"))
    assert found.part is None and found.lot_text == "NO-SUCH-9" and found.read_at
    assert floor.place("NO-SUCH-9", person("operator"), part="TB-4711").part.number == "TB-4711"


def test_a_lot_of_another_site_does_not_exist():
    assert floor.place(LOT, person("caozuo")).part is None


def test_a_number_of_two_parts_asks_which():
    lot = Lot.objects.get(number=LOT)
    other = Lot.objects.exclude(item=lot.item).first()
    Lot.objects.filter(pk=other.pk).update(number=LOT)
    found = floor.place(LOT, person("operator"))
    assert found.part is None and {place.lot.pk for place in found.several} == {lot.pk, other.pk}
    assert floor.place(LOT, person("operator"), key=f"lot:{other.pk}").lot == other


# --- tiles ---


def test_tiles_put_the_parts_own_defects_first_and_are_filled_up(make):
    lot = Lot.objects.get(number=LOT)
    for code, times in (("MARK", 3), ("CLEAN", 2)):
        for _ in range(times):
            ncr.report(
                by=person("inspector"),
                part=lot.item,
                quantity=Decimal(1),
                defect_code=DefectCode.objects.get(code=code),
            )
    user = person("operator")
    shown = floor.tiles(floor.place(LOT, user), user, floor.catalogue())
    assert [code.code for code in shown[:2]] == ["MARK", "CLEAN"]
    assert len(shown) == len({code.pk for code in shown}) == 8
    elsewhere = floor.tiles(floor.place("", person("caozuo")), person("caozuo"), floor.catalogue())
    assert [code.code for code in elsewhere] == sorted(
        code.code for code in elsewhere
    )  # nothing of the other site counts


def test_tiles_are_in_the_readers_language_and_leave_out_what_retired(as_, monkeypatch):
    for language, word in (("en", "Dimension out of tolerance"), ("zh-hans", "尺寸超差")):
        with translation.override(language):
            assert word in [code.label for code in floor.catalogue()]
    code = DefectCode.objects.get(code="MARK")
    ncr.retire_defect_code(code=code, by=person("manager"), valid_to=now().date(), reason="not used any more")
    assert "MARK" in [each.code for each in floor.catalogue()]
    monkeypatch.setattr(floor, "now", lambda: now() + timedelta(days=1))
    assert "MARK" not in [each.code for each in floor.catalogue()]
    assert send(as_("operator"), entry(defect_code="MARK")).status_code == 422


# --- sending ---


def test_four_inputs_make_a_whole_record(as_):
    photo = SimpleUploadedFile("bore.png", picture())
    answer = send(as_("operator"), entry(comment="Bore is oval", photos=[photo], waited="90"))
    assert answer.status_code == 201
    made = Nonconformance.objects.get(number=answer.json()["number"])
    assert (made.lot_number, made.part_number, made.affected_quantity) == (LOT, "TB-4711", 2)
    assert made.description == "Bore is oval" and made.created_by == person("operator") and made.state == "OPEN"
    assert 85 < (made.created_at - made.occurred_at).total_seconds() < 120
    assert [file.name for file in files.attachments(made)] == ["bore.png"]
    page = as_("operator").get(answer.json()["url"])
    assert page.status_code == 200 and b"<svg" in page.content and made.number.encode() in page.content


def test_the_same_entry_twice_is_one_record_with_one_photo(as_):
    data = entry()
    first = send(as_("operator"), {**data, "photos": [SimpleUploadedFile("a.png", picture())]})
    again = send(as_("operator"), {**data, "photos": [SimpleUploadedFile("a.png", picture())]})
    assert first.json() == again.json()
    made = Nonconformance.objects.get(uid=data["key"])
    assert len(files.attachments(made)) == 1
    stranger = send(as_("inspector"), data)
    assert stranger.status_code == 409 and "somebody else" in stranger.json()["problems"][0]


def test_a_page_without_script_is_answered_with_pages(as_):
    client = as_("operator")
    assert client.get("/floor/", {"code": LOT}).status_code == 200
    done = client.post("/floor/", entry())
    assert done.status_code == 302 and done["Location"].startswith("/floor/NCR-")
    wrong = client.post("/floor/", entry(quantity="-1", comment="stays here"))
    assert wrong.status_code == 422 and b"stays here" in wrong.content


def test_only_the_parts_that_follow_from_a_code_are_sent_to_the_script(as_):
    answer = as_("operator").get("/floor/", {"code": LOT}, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert all(f'id="{part}"'.encode() in answer.content for part in ("q-where", "q-tiles", "q-whole", "q-hold"))


@pytest.mark.parametrize("code", ["ALT-LOT-7", "TB-4711"])
def test_a_hold_that_is_not_possible_loses_no_defect(as_, code):
    asked = entry(code=code, part="TB-4711", hold="on", comment="Bore is oval")
    answer = send(as_("inspector"), asked)
    made = Nonconformance.objects.get(number=answer.json()["number"])
    assert answer.status_code == 201 and not Hold.objects.filter(ncr=made).exists()
    assert "Bore is oval" in made.description and "A hold was asked for and is not possible" in made.description
    assert b"Set the material aside by hand" in as_("inspector").get(answer.json()["url"]).content
    assert send(as_("inspector"), asked).json() == answer.json(), "and again it is the same record"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-3"}, "quantity"),
        ({"quantity": "1.1234567"}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"defect_code": ""}, "defect_code"),
        ({"defect_code": "NOPE"}, "defect_code"),
        ({"code": "NO-SUCH-9"}, "part"),
        ({"code": ""}, "part"),
        ({"code": "NO-SUCH-9", "part": "NO-PART"}, "part"),
        ({"key": "no-uuid"}, "key"),
        ({"waited": "-5"}, "waited"),
        ({"waited": "99999999"}, "waited"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_a_sentence_and_nothing_is_recorded(as_, changes, said):
    before = Nonconformance.objects.count()
    answer = send(as_("inspector"), entry(**changes))
    assert answer.status_code == 422 and said in answer.json()["fields"] and all(answer.json()["problems"])
    assert Nonconformance.objects.count() == before


def test_an_unknown_code_with_a_chosen_part_keeps_the_code(as_):
    answer = send(as_("operator"), entry(code="ALT-LOT-7", part="TB-4711"))
    made = Nonconformance.objects.get(number=answer.json()["number"])
    assert made.lot is None and made.lot_number == "ALT-LOT-7"


def test_a_photo_that_is_none_leaves_no_record_behind(as_):
    before = Nonconformance.objects.count()
    good, bad = SimpleUploadedFile("a.png", picture()), SimpleUploadedFile("b.png", b"<html>not a photo</html>")
    answer = send(as_("operator"), entry(photos=[good, bad]))
    assert answer.status_code == 422 and "b.png is not a photo" in answer.json()["problems"][0]
    assert Nonconformance.objects.count() == before


# --- holds ---


def test_hold_now_asks_the_erp_for_the_quantity_by_a_role_that_may(as_):
    answer = send(as_("inspector"), entry(hold="on"))
    hold = Hold.objects.get(ncr__number=answer.json()["number"])
    assert (hold.state, hold.quantity, hold.lot_number) == ("REQUESTED", 2, LOT)
    page = as_("inspector").get(answer.json()["url"])
    assert b'hx-trigger="every 2s"' in page.content  # follows by itself …


def test_the_result_stops_asking_when_the_hold_is_active(as_, make):
    answer = send(as_("inspector"), entry(hold="on"))
    make.post(Nonconformance.objects.get(number=answer.json()["number"]))
    part = as_("inspector").get(answer.json()["url"], headers={"HX-Request": "true"})
    assert b"hx-trigger" not in part.content and b"<html" not in part.content


def test_an_operator_is_not_offered_a_hold_and_cannot_take_one(as_):
    shown = as_("operator").get("/floor/", {"code": LOT})
    assert b'name="hold"' not in shown.content and b"Holds are requested by" in shown.content
    answer = send(as_("operator"), entry(hold="on"))
    assert answer.status_code == 422 and answer.json()["fields"] == ["hold"]


# --- who may ---


def test_only_roles_that_may_report_come_in_and_other_sites_see_nothing(as_, make):
    assert as_("auditor").get("/floor/").status_code == 403
    assert send(as_("buyer"), entry()).status_code == 403
    record = make.ncr()
    assert as_("operator").get(f"/floor/{record.number}").status_code == 200
    assert as_("caozuo").get(f"/floor/{record.number}").status_code == 404


# --- stock and serial numbers ---


def mirrored(name, site, *rows):
    """As the interface brings it."""
    with journal.act(events.SYNCED, by=journal.SYSTEM, source="test") as act:
        upsert(object=name, source="tryton", rows=list(rows), run=uuid4(), site_id=site and site.pk)
        act.record(f"mirror:tryton:{name}", events.Synced(name, "tryton", "", len(rows), 0, 0, 0, ""))
    resolve_parents(source="tryton")


def row(number, lot, **values):
    refs = {"item_ref": lot.item.external_id, "lot_ref": lot.external_id}
    return {"external_id": f"t:{number}", "number": number, "changed_at": None, **refs, **values}


def test_all_of_the_lot_is_what_lies_in_stock_without_what_is_scrapped():
    lot = Lot.objects.get(number=LOT)
    unit = {"unit_ref": lot.item.unit.external_id, "place_name": ""}
    lines = [
        row(f"S{n}", lot, place_code=f"P{n}", place_role=role, quantity=Decimal(amount), **unit)
        for n, (role, amount) in enumerate((("storage", 30), ("quarantine", 10), ("scrap", 4), ("storage", -2)))
    ]
    mirrored("stock", lot.site, *lines)
    found = floor.place(LOT, person("operator"))
    assert found.whole and (found.whole.text, found.whole.of) == ("40", "lot")


def test_a_serial_number_names_part_and_lot_and_stands_in_the_record(as_):
    lot = Lot.objects.get(number=LOT)
    mirrored("serials", lot.site, row("SN-77", lot, state_text="", is_active=True))
    found = floor.place("sn-77", person("operator"))
    assert (found.part, found.lot, found.serial.number, found.whole) == (lot.item, lot, "SN-77", None)
    answer = send(as_("operator"), entry(code="SN-77"))
    made = Nonconformance.objects.get(number=answer.json()["number"])
    assert made.lot == lot and made.description == "Serial number SN-77."
    assert floor.place("SN-77", person("caozuo")).part is None


# --- operations of an order ---


@pytest.fixture
def order():
    """With three operations, the second of which runs."""
    found = ProductionOrder.objects.live().select_related("item").order_by("number").first()
    for number, name in (("M10", "Milling"), ("D20", "Deburring"), ("W30", "Washing")):
        mirrored("operations", None, {"external_id": f"t:{number}", "number": number, "changed_at": None, "name": name})
    steps = [
        {
            "external_id": f"t:{order}{number}",
            "number": f"{order}",
            "changed_at": None,
            "sequence": order,
            "order_ref": found.external_id,
            "operation_ref": f"t:{number}",
            "work_center_ref": "",
            "state_text": state,
            "is_running": state == "in Arbeit",
        }
        for order, number, state in ((30, "W30", "draft"), (10, "M10", "done"), (20, "D20", "in Arbeit"))
    ]
    mirrored("production-operations", found.site, *steps)
    return found


def test_the_running_operation_is_found_and_another_can_be_chosen(as_, order):
    user = person("operator")
    found = floor.place(order.number, user)
    assert [step.operation.name for step in found.operations] == ["Milling", "Deburring", "Washing"]
    assert found.operation.operation.name == "Deburring"
    milling = str(found.operations[0].pk)
    assert floor.place(order.number, user, operation=milling).operation.operation.name == "Milling"
    assert floor.place(order.number, user, operation="-").operation is None
    answer = send(as_("operator"), entry(code=order.number, operation=milling))
    made = Nonconformance.objects.get(number=answer.json()["number"])
    assert (made.order, made.operation_name, made.lot_number) == (order, "Milling", "")


def test_tiles_of_the_operation_come_before_those_of_the_part(as_, order):
    user = person("operator")
    found = floor.place(order.number, user)
    deburring, milling = str(found.operation.pk), str(found.operations[0].pk)
    for code, operation, times in (("SURF-BUR", deburring, 1), ("CLEAN", milling, 3)):
        for _ in range(times):
            assert (
                send(as_("operator"), entry(code=order.number, operation=operation, defect_code=code)).status_code
                == 201
            )
    shown = [code.code for code in floor.tiles(floor.place(order.number, user), user, floor.catalogue())]
    assert shown[:2] == ["SURF-BUR", "CLEAN"]
    elsewhere = floor.place(order.number, user, operation=milling)
    assert floor.tiles(elsewhere, user, floor.catalogue())[0].code == "CLEAN"


def test_an_unknown_code_asks_for_the_part_and_says_how_old_the_answer_is(as_):
    for headers in ({}, {"HX-Request": "true"}):
        shown = as_("operator").get("/floor/", {"code": "NO-SUCH-9"}, headers=headers).content.decode()
        assert 'id="q-part"' in shown and "Not found in the ERP, last read" in shown
    chosen = as_("operator").get("/floor/", {"code": "NO-SUCH-9", "part": "TB-4711"}).content.decode()
    assert "Bearing bracket" in chosen


def test_the_address_of_a_record_leads_to_it(as_, make):
    number = make.report().number
    shown = as_("operator").get("/floor/", {"code": f"https://qms.plant/r/{number}"}).content.decode()
    assert f'href="/r/{number}"' in shown


def test_several_parts_of_one_number_are_offered(as_):
    lot = Lot.objects.get(number=LOT)
    other = Lot.objects.exclude(item=lot.item).first()
    Lot.objects.filter(pk=other.pk).update(number=LOT)
    shown = as_("operator").get("/floor/", {"code": LOT}).content.decode()
    assert f"at=lot:{other.pk}" in shown and other.item.number in shown
