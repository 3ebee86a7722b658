"""Parts, suppliers and lots: dry run, import, the same again, changes, refusals, and the way back."""

import json

import pytest

from qms.accounts.models import Site
from qms.imports import actions, queries
from qms.imports.models import ImportBatch, ImportRow
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, Lot, MirrorVersion, Revision, Supplier
from tests.factories import person

from .conftest import ITEM, codes, effects, text_file, verdicts

pytestmark = pytest.mark.django_db
HOUSING = ("100", "OLD-100", "Bearing housing", "u")
ROWS = [ITEM, HOUSING, ("200", "OLD-200", "Cover 轴承盖", "u")]
SOURCE = "import:old-qms"


def kept(event):
    entry = Entry.objects.filter(event=event, kind="act").order_by("-id").first()
    return json.loads(entry.payload) if entry else None


def test_a_dry_run_writes_nothing_of_the_plant(way):
    batch = way.checked("items", ROWS)
    assert verdicts(batch) == ["new", "new"] and not Item.objects.filter(source=SOURCE).exists()
    assert kept("import.checked")["data"]["new"] == 2 and batch.checked_by.username == "admin"


def test_good_rows_come_with_their_unit_under_the_old_systems_name(way):
    batch = way.applied("items", ROWS)
    item = Item.objects.get(source=SOURCE, external_id="200")
    assert (item.number, item.name, item.unit.number, item.site) == ("OLD-200", "Cover 轴承盖", "u", None)
    assert effects(batch) == ["created", "created"]
    assert kept("masterdata.synced")["data"]["created"] == 2 and kept("masterdata.synced")["source"] != ""
    assert kept("import.applied")["data"]["digest"] and kept("import.applied")["data"]["sha256"] == batch.sha256


def test_the_same_file_again_changes_nothing(way):
    way.applied("items", ROWS)
    before, versions = Item.objects.get(source=SOURCE, external_id="100").synced_at, MirrorVersion.objects.count()
    again = way.applied("items", ROWS)
    assert verdicts(again) == ["unchanged"] * 2 and effects(again) == []
    assert Item.objects.get(source=SOURCE, external_id="100").synced_at == before
    assert MirrorVersion.objects.count() == versions and kept("import.applied")["data"]["unchanged"] == 2


def test_a_changed_row_is_shown_with_both_values_and_updated(way):
    way.applied("items", ROWS)
    batch = way.checked("items", [ITEM, ("100", "OLD-100", "Bearing housing, cast", "u"), ROWS[2]])
    row = ImportRow.objects.get(batch=batch, verdict="changed")
    assert row.changes == [["name", "Bearing housing", "Bearing housing, cast"]]
    actions.apply(batch=batch, by=person("admin"))
    assert Item.objects.get(source=SOURCE, external_id="100").name == "Bearing housing, cast"
    assert Item.objects.get(source=SOURCE, external_id="100").unit.number == "u"


def test_bad_rows_stay_out_and_good_ones_come(way):
    batch = way.applied("items", [*ROWS, ("300", "OLD-300", "Bolt", "furlong")])
    assert verdicts(batch) == ["new", "new", "refused"] and effects(batch) == ["created", "created", "refused"]
    assert not Item.objects.filter(number="OLD-300").exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("1", "OLD-1", "Bolt", "furlong"), "unknown_unit"),
        (("1", "OLD-1", "=1+1", "u"), "formula"),
        (("1", "OLD-1", "", "u"), "missing"),
        (("", "OLD-1", "Bolt", "u"), "missing"),
        (("1", "OLD-1", "x" * 201, "u"), "too_long"),
        (("100", "OLD-9", "Twice", "u"), "duplicate_key"),
        (("101", "OLD-100", "Same number", "u"), "duplicate_number"),
        (("1", "OLD-1", "Bolt", "u", "stray"), "extra_cells"),
    ],
)
def test_every_wrong_row_says_what_is_wrong(way, row, code):
    assert codes(way.checked("items", [ITEM, HOUSING, row])) == [code]


def test_doubles_are_found_however_far_apart(way):
    far = [(str(n), f"N-{n}", "Bolt", "u") for n in range(1000, 2100)]
    assert codes(way.checked("items", [ITEM, *far, ("1", "N-1000", "Bolt", "u"), far[0]])) == [
        "duplicate_number",
        "duplicate_key",
    ]


def test_what_an_interface_masters_is_not_written_over(way):
    known = Item.objects.live().filter(source="tryton").first()
    batch = way.checked("items", [ITEM, ("1", known.number, "Mine", "u")])
    assert codes(batch) == ["mastered_elsewhere"]
    line = queries.lines(batch, "refused", 0)[0][0]
    assert known.number in line.problems[0][1] and "tryton" in line.problems[0][1] and line.problems[0][2]


def test_problems_are_told_in_the_readers_language(way, settings):
    from django.utils import translation

    batch = way.checked("items", [ITEM, ("1", "OLD-1", "Bolt", "furlong")])
    with translation.override("zh-hans"):
        label, sentence, hint = queries.lines(batch, "", 0)[0][0].problems[0]
        assert "furlong" in sentence and "单位" in str(label) and "单位" in sentence and hint


def test_suppliers_and_lots_come_too(way):
    way.applied("suppliers", [("external_id", "number", "name", "city"), ("9", "S-9", "Isar Guss", "Landshut")])
    assert Supplier.objects.get(source=SOURCE).city == "Landshut"
    way.applied("items", ROWS)
    head = ("external_id", "number", "part", "site")
    way.applied("lots", [head, ("L1", "LOT-OLD-1", "OLD-100", "AUG")], by="admin")
    lot = Lot.objects.get(source=SOURCE)
    assert (lot.item.number, lot.site.code) == ("OLD-100", "AUG")


def test_lots_of_another_site_unknown_parts_and_wrong_revisions(way):
    way.applied("items", [(*ITEM, "revision"), (*HOUSING, "C")])
    assert Revision.objects.get(source=SOURCE).number == "C"
    head = ("external_id", "number", "part", "revision", "site")
    rows = [
        head,
        ("1", "A", "OLD-100", "C", "AUG"),
        ("2", "B", "OLD-100", "D", "AUG"),
        ("3", "C", "OLD-100", "", "SUZ"),
        ("4", "D", "NO-SUCH", "", ""),
    ]
    batch = way.checked("lots", rows)
    assert verdicts(batch) == ["new", "refused", "refused", "refused"]
    assert codes(batch) == ["wrong_revision", "other_site", "unknown_part"]
    way.applied("lots", [head, ("77", "X-1", "OLD-100", "", "")], site="SUZ")
    assert codes(way.checked("lots", [head, ("78", "X-1", "OLD-100", "", "")])) == ["lot_of_other_site"]


# --- who, and when ---


def test_parts_belong_to_all_sites_so_whoever_imports_them_may_import_everywhere(way):
    with pytest.raises(Forbidden, match="all sites"):
        way.upload("items", ROWS, by="manager")
    assert way.upload("lots", [("external_id", "number", "part"), ("1", "A", "B")], by="manager").pk


@pytest.mark.parametrize("who", ["auditor", "engineer", "operator", "security"])
def test_others_may_not_import(way, who):
    with pytest.raises(Forbidden):
        way.upload("lots", [("external_id", "number", "part"), ("1", "A", "B")], by=who)


def test_a_manager_of_one_site_does_not_import_to_another(way):
    with pytest.raises(Forbidden):
        way.upload("lots", [("external_id", "number", "part"), ("1", "A", "B")], by="manager", site="SUZ")


def test_nothing_is_imported_without_a_dry_run_of_this_file(way):
    batch = way.upload("items", ROWS)
    with pytest.raises(Conflict, match="dry run"):
        actions.apply(batch=batch, by=person("admin"))
    batch = actions.check(batch=batch, by=person("admin"))
    with pytest.raises(Conflict, match="Another dry run"):
        actions.ask(batch=batch, stage="apply", by=person("admin"), run=uuid7())


def test_a_file_is_imported_once(way):
    batch = way.applied("items", ROWS)
    with pytest.raises(Conflict, match="already"):
        actions.apply(batch=batch, by=person("admin"))


def test_kept_bytes_that_were_exchanged_are_not_imported(way, settings):
    batch = way.checked("items", ROWS)
    place = settings.STORAGES["default"]["OPTIONS"]["location"] / batch.place
    place.write_bytes(text_file([ITEM, ("100", "EVIL", "x", "u")]).getvalue())
    with pytest.raises(Conflict, match="not the one"):
        actions.apply(batch=batch, by=person("admin"))
    assert not Item.objects.filter(number="EVIL").exists()


def test_the_same_form_twice_is_one_batch(way):
    uid = uuid7()
    assert way.upload("items", ROWS, uid=uid).pk == way.upload("items", ROWS, uid=uid).pk
    assert ImportBatch.objects.filter(uid=uid).count() == 1


def test_the_world_may_change_between_dry_run_and_import(way):
    batch = way.checked("items", ROWS)
    way.applied("items", [ITEM, ("999", "OLD-100", "Came first", "u")])
    actions.apply(batch=batch, by=person("admin"))
    assert effects(batch) == ["refused", "created"]
    assert [i.name for i in Item.objects.live().filter(number="OLD-100")] == ["Came first"]


# --- the way back ---


def back(batch, by="admin", reason="wrong file taken", seen=None):
    seen = seen or queries.survey_digest(queries.survey(batch, person(by)))
    return actions.roll_back(batch=batch, by=person(by), reason=reason, seen=seen)


def test_new_rows_are_marked_gone_and_may_come_again(way):
    batch = way.applied("items", [(*ITEM, "revision"), (*HOUSING, "C")])
    rolled = back(batch)
    assert (
        not Item.objects.live().filter(source=SOURCE).exists()
        and not Revision.objects.live().filter(source=SOURCE).exists()
    )
    assert rolled.rolled_back_by.username == "admin" and kept("import.rolled_back")["reason"] == "wrong file taken"
    assert effects(way.applied("items", [(*ITEM, "revision"), (*HOUSING, "C")])) == ["created"]
    assert Item.objects.live().get(source=SOURCE).unit.number == "u"


def test_changed_rows_become_what_they_were(way):
    way.applied("items", ROWS)
    second = way.applied("items", [ITEM, ("100", "OLD-100", "Other name", "u"), ROWS[2]])
    back(second)
    item = Item.objects.get(source=SOURCE, external_id="100")
    assert (item.name, item.unit.number, item.gone_at) == ("Bearing housing", "u", None)
    assert verdicts(way.checked("items", ROWS)) == ["unchanged"] * 2


def test_what_others_use_or_changed_stays_and_says_why(way):
    batch = way.applied("items", ROWS)
    way.applied("lots", [("external_id", "number", "part"), ("1", "A", "OLD-100")])
    way.applied("items", [ITEM, ROWS[1], ("200", "OLD-200", "Renamed", "u")])
    fates = queries.survey(batch, person("admin"))
    assert [fate.is_possible for fate in fates] == [False, False]
    assert "A" in fates[0].why and "another import" in fates[1].why
    with pytest.raises(Conflict, match="Nothing of this import"):
        back(batch)


def test_a_preview_that_is_out_of_date_is_a_conflict(way):
    batch = way.applied("items", ROWS)
    seen = queries.survey_digest(queries.survey(batch, person("admin")))
    way.applied("lots", [("external_id", "number", "part"), ("1", "A", "OLD-100")])
    with pytest.raises(Conflict, match="changed since you looked"):
        back(batch, seen=seen)
    assert Item.objects.live().filter(source=SOURCE).count() == 2
    back(batch)
    assert [i.number for i in Item.objects.live().filter(source=SOURCE)] == ["OLD-100"]


def test_only_once_only_after_an_import_and_only_with_a_reason(way):
    batch = way.checked("items", ROWS)
    with pytest.raises(Conflict, match="Nothing was imported"):
        back(batch)
    actions.apply(batch=batch, by=person("admin"))
    batch = ImportBatch.objects.get(pk=batch.pk)
    with pytest.raises(Invalid):
        back(batch, reason="n/a")
    rolled = back(batch)
    with pytest.raises(Conflict, match="already"):
        back(rolled)


def test_batches_of_another_site_do_not_exist(way):
    batch = way.upload("lots", [("external_id", "number", "part"), ("1", "A", "B")], site="SUZ")
    assert not ImportBatch.objects.visible_to(person("manager")).filter(pk=batch.pk).exists()
    assert ImportBatch.objects.visible_to(person("admin")).filter(pk=batch.pk).exists()
    assert Site.objects.get(code="SUZ").pk == batch.site_id
