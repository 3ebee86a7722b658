"""Gauges from another system: registered, edited and retired by their own acts."""

import json

import pytest

from inspection import actions as inspection
from inspection.models import Gauge
from qms import journal
from qms.imports import actions, queries
from qms.journal.models import Entry
from tests.factories import person
from tests.imports.conftest import Way, codes, effects, files, verdicts

pytestmark = pytest.mark.django_db
__all__ = ["files"]
HEAD = (
    "external_id",
    "asset",
    "description",
    "range_from",
    "range_to",
    "resolution",
    "unit",
    "calibrated_date",
    "due_date",
    "state",
)
FIRST = ("1", "MM-1", "Micrometer 千分尺", "0", "25", "0.001", "mm", "2026-01-15", "2027-01-15", "in_use")


@pytest.fixture
def way(db):
    return Way()


def took(way, *rows):
    return way.applied("gauges", [HEAD, *(rows or (FIRST,))], by="manager")


def row(**given):
    values = dict(zip(HEAD, FIRST, strict=True)) | given
    return tuple(values[name] for name in HEAD)


def one(asset="MM-1"):
    return Gauge.objects.get(asset=asset, site__code="AUG")


def test_gauges_come_and_come_again_without_a_change(way):
    batch = took(way, FIRST, row(external_id="2", asset="MM-2", state="停用"))
    assert effects(batch) == ["created", "created"] and one().source_key == "1" and str(one().resolution) == "0.001000"
    assert one("MM-2").state == "OUT_OF_SERVICE"
    again = took(way)
    assert verdicts(again) == ["unchanged"] and one().version == 1


def test_a_new_due_date_is_an_edit_with_the_imports_reason(way):
    took(way)
    batch = took(way, row(calibrated_date="2026-06-01", due_date="2027-06-01"))
    assert effects(batch) == ["updated"] and one().due_date.isoformat() == "2027-06-01" and one().version == 2
    by = person("manager")
    seen = queries.survey_digest(queries.survey(batch, by))
    actions.roll_back(batch=batch, by=by, reason="wrong file taken", seen=seen)
    assert one().due_date.isoformat() == "2027-01-15" and one().state == "IN_USE"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"range_to": "-5"}, "refused"),
        ({"resolution": "0"}, "not_above_zero"),
        ({"due_date": "2025-01-01"}, "refused"),
        ({"due_date": "01.01.2027"}, "not_a_date"),
        ({"state": "lost"}, "not_among"),
        ({"calibrated_date": "2999-01-01", "due_date": ""}, "in_future"),
    ],
)
def test_what_cannot_be_true_is_refused(way, given, code):
    assert codes(way.checked("gauges", [HEAD, row(**given)], by="manager")) == [code]


def test_an_asset_number_of_this_plant_is_not_taken_twice(way, make):
    make.gauge(asset="MM-9")
    batch = way.checked("gauges", [HEAD, row(external_id="9", asset="MM-9"), FIRST, row(external_id="7")], by="manager")
    assert codes(batch) == ["mastered_elsewhere", "duplicate_number"]


def test_rolled_back_gauges_are_retired_unless_somebody_worked_on_them(way):
    batch, by = took(way, FIRST, row(external_id="2", asset="MM-2")), person("manager")
    inspection.take_out(gauge=one("MM-2"), by=person("engineer"), reason="dropped on the floor")
    fates = queries.survey(batch, by)
    assert [fate.is_possible for fate in fates] == [True, False]
    actions.roll_back(batch=batch, by=by, reason="wrong file taken", seen=queries.survey_digest(fates))
    assert (one().state, one("MM-2").state) == ("RETIRED", "OUT_OF_SERVICE")


def test_a_status_is_not_changed_by_a_later_import_and_nothing_counts_as_in_use(way):
    took(way)
    assert verdicts(way.checked("gauges", [HEAD, row(state="")], by="manager")) == ["unchanged"]
    batch = way.checked("gauges", [HEAD, row(state="out_of_service", due_date="2027-02-15")], by="manager")
    assert codes(batch) == ["fixed"] and one().number in queries.lines(batch, "", 0)[0][0].problems[0][2]


def test_every_imported_row_is_one_entry_in_the_act_of_who_imported_it(way):
    """The import among the twelve ways of writing (G2): who, from which file's import, with the whole row, by the database's clock."""
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    token = journal.ORIGIN.set(journal.Origin(source="import:old-qms", request="r-1"))
    try:
        took(way, FIRST, row(external_id="9", asset="MM-9"))
    finally:
        journal.ORIGIN.reset(token)
    entries = Entry.objects.filter(id__gt=last, kind="row", object_type="inspection.gauge")
    assert sorted(entries.values_list("object_key", flat=True)) == sorted(
        str(g.pk) for g in Gauge.objects.order_by("-pk")[:2]
    )
    for entry in entries:
        line = json.loads(Entry.objects.filter(act_id=entry.act_id, kind="act").first().payload)
        assert (
            line["who"]["id"] == str(person("manager").pk)
            and line["source"] == "import:old-qms"
            and line["request"] == "r-1"
        )
        assert json.loads(entry.payload)["old"] is None and json.loads(entry.payload)["new"]["asset"]
