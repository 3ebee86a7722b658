"""What was told stands in the mirror as it was told: new rows by COPY, changed ones by way of the stage."""

import json
import uuid

import pytest
from django.db import transaction

from connectors.sync import store
from qms.masterdata import upsert
from qms.masterdata.models import Item, Lot, MirrorVersion

pytestmark = pytest.mark.django_db
NAMES = ["Plain", 'Ring 5" \\ 127\tmm', "two\r\nlines", "\\N", "\\.", "垫片 Ø12", ""]


def item(key, **more):
    return {"external_id": key, "number": f"P-{key}", "changed_at": None, "name": f"Part {key}", "kind": ""} | more


def put(object, *rows):
    return upsert.upsert(object=object, source="erp", rows=rows, run=uuid.uuid4())


@pytest.mark.parametrize("name", NAMES)
def test_any_text_stands_as_it_was_told_when_new_and_when_changed(name):
    key = f'a "key"\\{len(name)}'
    assert put("items", item(key, name=name), item("other")).created == [key, "other"]
    assert Item.objects.get(source="erp", external_id=key).name == name
    assert put("items", item(key, name=name), item("other")).unchanged == 2
    assert put("items", item(key, name="x"), item("other")).updated == [key]
    assert json.loads(MirrorVersion.objects.get(external_id=key).content)["name"] == name
    assert put("items", item(key, name=name), item("other")).updated == [key]
    assert Item.objects.get(source="erp", external_id=key).name == name


def test_new_and_changed_rows_of_one_page_both_find_their_parents():
    put("items", item("1"), item("2"))
    lot = {"number": "L", "changed_at": None, "revision": ""}
    put("lots", lot | {"external_id": "a", "item_ref": "1"})
    found = put(
        "lots",
        lot | {"external_id": "a", "item_ref": "2"},
        lot | {"external_id": "b", "item_ref": "1"},
        lot | {"external_id": "c", "item_ref": "late"},
        lot | {"external_id": "d", "item_ref": ""},
    )
    assert (sorted(found.created), found.updated) == (["b", "c", "d"], ["a"])
    stands = dict(Lot.objects.filter(source="erp").values_list("external_id", "item__external_id"))
    assert stands == {"a": "2", "b": "1", "c": None, "d": None}
    put("items", item("late"))
    assert upsert.resolve_parents(source="erp") == 1
    assert Lot.objects.get(source="erp", external_id="c").item.external_id == "late"


def test_a_row_that_somebody_wrote_past_the_lock_is_refused_once_and_then_found(monkeypatch):
    """A reading that meets it asks again with half of its page (connectors/sync/store.py)."""
    put("items", item("1"))
    with monkeypatch.context() as patch, pytest.raises(store.REFUSED, match="item_identity"), transaction.atomic():
        patch.setattr(upsert, "_differing", lambda *told: dict.fromkeys(told[-1], (False, False)))
        put("items", item("1", name="Other"), item("2"))
    assert put("items", item("1", name="Other"), item("2")).updated == ["1"]
    assert Item.objects.filter(source="erp").count() == 2
