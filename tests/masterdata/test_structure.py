"""What a part is made of, where it is used, how it changed; and the mirror over REST."""

import uuid
from decimal import Decimal

import pytest
from django.db import transaction

from qms.demo.cast import issue_tokens
from qms.masterdata import structure, tables
from qms.masterdata.models import BomLine, Item
from qms.masterdata.upsert import resolve_parents, upsert

pytestmark = pytest.mark.django_db
SOURCE = "built"


def put(object, *rows):
    given = [{"changed_at": None, "number": row["external_id"], **row} for row in rows]
    with transaction.atomic():
        return upsert(object=object, source=SOURCE, rows=given, run=uuid.uuid4())


def bill(key, made, *parts, quantity="1"):
    put("boms", {"external_id": key, "item_ref": made, "quantity": Decimal(1), "unit_ref": "u", "parts": parts})
    put("bom-lines", *(
        {"external_id": f"{key}.{part}", "number": f"{key}/{n}", "bom_ref": key, "item_ref": part, "unit_ref": "u",
         "quantity": Decimal(quantity)} for n, part in enumerate(parts, start=1)
    ))  # fmt: skip


@pytest.fixture
def built():
    put("units", {"external_id": "u", "name": "Unit", "digits": 0})
    put("items", *({"external_id": name, "name": f"Part {name}", "unit_ref": "u"} for name in ("A", "B", "C", "D")))
    bill("ba", "A", "B", "C")
    bill("bb", "B", "D", quantity="4")
    resolve_parents(source=SOURCE)
    return {item.number: item for item in Item.objects.filter(source=SOURCE)}


def branches(item):
    return [(branch.depth, branch.line.item.number, branch.is_circle) for branch in structure.tree(item)]


def test_the_tree_goes_down_to_what_is_bought(built):
    assert branches(built["A"]) == [(0, "B", False), (1, "D", False), (0, "C", False)]
    assert branches(built["D"]) == []


def test_a_circle_that_slipped_in_ends_the_branch(built):
    bill("bd", "D", "A")
    resolve_parents(source=SOURCE)
    assert branches(built["A"]) == [(0, "B", False), (1, "D", False), (2, "A", True), (0, "C", False)]


def test_the_pages_show_tree_and_use(built, client, people):
    client.force_login(people["inspector"])
    page = client.get(tables.url_of(built["A"])).content.decode()
    assert "Made of" in page and tables.url_of(built["D"]) in page
    used = client.get(tables.url_of(built["D"])).content.decode()
    line = BomLine.objects.get(source=SOURCE, external_id="bb.D")
    assert tables.url_of(line) in used, "where it is used"


def test_revisions_are_counted_by_content(built):
    first = structure.content_revisions(built["A"])
    assert [revision.number for revision in first] == [1]
    put("boms", {"external_id": "ba", "item_ref": "A", "quantity": Decimal(1), "unit_ref": "u", "parts": ("B",)})
    put("items", {"external_id": "A", "name": "Part A, new", "unit_ref": "u"})
    again = structure.content_revisions(Item.objects.get(pk=built["A"].pk))
    assert [(r.number, r.changed) for r in again] == [(3, ("items",)), (2, ("boms",)), (1, ())]
    assert again[-1].digest == first[0].digest, "the first revision is what it was"
    assert len({revision.digest for revision in again}) == 3
    put("items", {"external_id": "A", "name": "Part A, new", "unit_ref": "u"})
    assert len(structure.content_revisions(Item.objects.get(pk=built["A"].pk))) == 3, "the same again is no revision"


def test_the_page_of_a_part_shows_its_revision(built, client, people):
    client.force_login(people["inspector"])
    put("items", {"external_id": "B", "name": "Part B, new", "unit_ref": "u"})
    page = client.get(tables.url_of(built["B"])).content.decode()
    assert "Revision by content" in page and "<strong>2</strong>" in page


# --- REST -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(client, people):
    token = issue_tokens()["readonly"]
    return lambda path, **query: client.get(f"/api/v1/{path}", query, headers={"Authorization": f"Bearer {token}"})


def test_lists_and_details_are_read_by_number(ask, built):
    found = ask("items", q="TB-4711").json()["results"]
    assert [row["number"] for row in found] == ["TB-4711"]
    one = ask("items/TB-4711").json()
    assert one["name"] == found[0]["name"] and one["gone_at"] is None and one["content"]["number"] == "TB-4711"
    assert one["read_at"].endswith("Z")
    assert ask("orders/WO-26-0001").json()["item"] == "TB-4711"
    assert ask("boms/ba").json()["item"] == "A"
    assert ask("items/NOPE").status_code == 404
    assert ask("items", colour="red").status_code == 422


def test_a_number_that_stands_twice_is_not_guessed(ask, built):
    put("lots", *({"external_id": key, "number": "TWICE", "item_ref": "A", "is_active": True} for key in ("1", "2")))
    assert ask("lots/TWICE").status_code == 409


def test_nothing_is_written_and_other_sites_stay_hidden(ask, client, people, built):
    assert client.post("/api/v1/items", {}, content_type="application/json").status_code in (401, 403, 405)
    client.force_login(people["gongcheng"])
    assert client.get("/api/v1/lots/LOT-26-0101").status_code == 404
    assert client.get("/api/v1/items/TB-4711").status_code == 200, "parts belong to the whole company"
